package org.diffusion4j.data;

import java.io.IOException;

/** A picture file whose header was read and whose parts were found, but which isn't decoded yet. */
interface EncodedPicture {
    /** The width according to the file's header, in pixels, before the picture is turned upright. */
    int width();

    /** The height according to the file's header, in pixels, before the picture is turned upright. */
    int height();

    /** EXIF's orientation, 1 to 8. It must be asked for only once, since the part that contains it is read then. */
    int orientation();

    /**
     * The largest number of bytes that decoding takes in addition to the file and the resulting picture, including memory
     * of native code.
     *
     * @param channels the channels of the resulting picture
     */
    long memory(int channels);

    /**
     * Decodes the picture without turning it.
     *
     * @param background 0xRRGGBB
     * @throws IOException if the file is damaged
     */
    Picture decode(int channels, int background) throws IOException;

    /** A picture that is decoded row by row, so that a large one is never in memory as a whole. */
    interface ByRows extends EncodedPicture {
        /** Whether each row comes only once and as a whole, in any order. */
        boolean wholeRows();

        /** Decodes all pixels. */
        void decode(PixelRows rows) throws IOException;

        @Override
        default Picture decode(int channels, int background) throws IOException {
            PixelRows rows = new PixelRows(width(), height(), channels, background);
            decode(rows);
            return rows.picture(height());
        }
    }
}
