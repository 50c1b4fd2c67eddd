package org.diffusion4j.data;

import java.io.IOException;

/** A picture file whose header was read and whose parts lie within it; nothing is decoded yet. */
interface EncodedPicture {
    /** As the file's header gives it, in pixels, before the picture is turned upright. */
    int width();

    int height();

    /** EXIF's, 1 to 8. */
    int orientation();

    /**
     * Bytes that decoding takes at most beside the file, the picture that comes out and what native code allocates
     * included.
     *
     * @param channels of the picture
     */
    long memory(int channels);

    /**
     * Decodes it, not yet turned.
     *
     * @param background 0xRRGGBB
     * @throws IOException if the file is damaged
     */
    Picture decode(int channels, int background) throws IOException;
}
