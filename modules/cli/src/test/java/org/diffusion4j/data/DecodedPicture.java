package org.diffusion4j.data;

import org.diffusion4j.Diffusion4jException;

/** Decodes a picture in the thread that asks, so that what it takes can be measured. */
public final class DecodedPicture {
    private static final PictureOptions DEFAULTS = PictureOptions.builder(8, 8).build();
    private static final PictureDecoder DECODER =
            new PictureDecoder(DEFAULTS.channels(), DEFAULTS.background(), DEFAULTS.mostPixels());

    private DecodedPicture() {}

    /** Throws what {@link PictureFolder} would say of it. */
    public static void read(byte[] file) throws InterruptedException {
        try {
            DECODER.kept(file, DEFAULTS);
        } catch (BrokenPictureException e) {
            throw new Diffusion4jException(e.getMessage(), e);
        }
    }
}
