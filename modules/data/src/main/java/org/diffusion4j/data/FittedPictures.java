package org.diffusion4j.data;

import java.util.Locale;
import org.diffusion4j.Diffusion4jException;

/**
 * Turns picture files that come one by one into the values that a {@link PictureFolder} gives of them. Several threads may use
 * it at once.
 */
public final class FittedPictures {
    private final PictureOptions options;
    private final PictureDecoder decoder;

    /**
     * For pictures of one size.
     *
     * @param options the size, the channels and so on, with nothing random: cropped in the middle, not flipped, not
     *     transformed
     * @throws IllegalArgumentException if something is random
     */
    public FittedPictures(PictureOptions options) {
        if (options.crop() != PictureOptions.Crop.CENTRE || options.flip() || options.transform() != null) {
            throw new IllegalArgumentException("options: expected nothing random, found a crop, a flip or a transform");
        }
        if (options.bucketStep() != 0) {
            throw new IllegalArgumentException("options: expected one size, found buckets");
        }
        this.options = options;
        this.decoder = new PictureDecoder(options.channels(), options.background(), options.mostPixels());
    }

    /**
     * A picture's size, upright.
     *
     * @param width columns
     * @param height rows
     */
    public record Size(int width, int height) {
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%dx%d", width, height);
        }
    }

    /**
     * Decodes a picture and fits it to the wanted size.
     *
     * @param name for messages
     * @param file the whole file
     * @param values gets [C, H, W] in [-1, 1]
     * @param offset where in the values
     * @return the size that it had
     * @throws Diffusion4jException if it isn't a whole picture; the message names it
     */
    public Size read(String name, byte[] file, float[] values, int offset) {
        try {
            PictureDecoder.Kept kept = decoder.kept(file, options);
            Fit.drawn(kept.picture(), options, 0, name, values, offset);
            return new Size(kept.width(), kept.height());
        } catch (BrokenPictureException e) {
            throw new Diffusion4jException(name + ": expected a picture, found " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Diffusion4jException(name + ": expected time to read it, found an interruption", e);
        }
    }
}
