package org.diffusion4j.data;

import java.io.IOException;

/** A picture file whose header was read and whose parts lie within it; nothing is decoded yet. */
interface EncodedPicture {
    /** As the file's header gives it, in pixels, before the picture is turned upright. */
    int width();

    /** As the width. */
    int height();

    /** EXIF's, 1 to 8; to be asked for once, as what it lies in is read then. */
    int orientation();

    /**
     * Bytes that decoding takes at most beside the file and the picture that comes out, what native code allocates
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

    /** One that is decoded row by row, so that a large picture need never be there as a whole. */
    interface ByRows extends EncodedPicture {
        /** Whether each row comes once and as a whole, in whatever order. */
        boolean wholeRows();

        /** Puts all pixels. */
        void decode(PixelRows rows) throws IOException;

        @Override
        default Picture decode(int channels, int background) throws IOException {
            PixelRows rows = new PixelRows(width(), height(), channels, background);
            decode(rows);
            return rows.picture(height());
        }
    }
}
