package org.diffusion4j.data;

/**
 * Takes a file's values part by part, puts them on a background, and converts them to the wanted channels. If rows are
 * narrowed, only one row is kept in the file's width.
 */
final class PixelRows {
    private final int width;
    private final int channels;
    private final int red;
    private final int green;
    private final int blue;
    private final byte[] out;
    /** The resizing of each row into {@link #narrow}; null for none. */
    private final Resize.Taps columns;

    private final byte[] narrow;
    /** The index of the first pixel in {@link #out}. */
    private int first;

    /** @param background 0xRRGGBB, which is visible where a pixel is transparent */
    PixelRows(int width, int height, int channels, int background) {
        this(width, channels, background, new byte[Math.multiplyExact(Math.multiplyExact(width, height), channels)]);
    }

    /**
     * @param out may contain the values themselves, if a pixel has at least as many values as channels, and pixels are put
     * in order
     */
    PixelRows(int width, int channels, int background, byte[] out) {
        this(width, channels, background, out, null, null);
    }

    private PixelRows(int width, int channels, int background, byte[] out, Resize.Taps columns, byte[] narrow) {
        this.width = width;
        this.channels = channels;
        this.red = background >> 16 & 255;
        this.green = background >> 8 & 255;
        this.blue = background & 255;
        this.out = out;
        this.columns = columns;
        this.narrow = narrow;
    }

    /** Makes rows that are resized as they come, each once and as a whole. */
    static PixelRows narrowed(int width, int height, int channels, int background, Resize.Taps columns) {
        byte[] narrow = new byte[Math.multiplyExact(Math.multiplyExact(columns.length(), height), channels)];
        return new PixelRows(width, channels, background, new byte[width * channels], columns, narrow);
    }

    /** Fills everything with the background, for pixels that aren't put. */
    void clear() {
        clearRows();
        for (int row = 0; columns != null && row < narrow.length / (columns.length() * channels); row++) {
            end(row);
        }
    }

    private void clearRows() {
        first = 0;
        for (int i = 0; i < out.length / channels; i++) {
            put(i, 0, 0, 0, 0);
        }
    }

    /** Called before the pixels of a whole row. */
    void begin(int row) {
        first = columns == null ? 0 : row * width;
    }

    /** Called after the pixels of a whole row. */
    void end(int row) {
        if (columns != null) {
            columns.apply(out, 0, narrow, row * columns.length() * channels, channels);
        }
    }

    /**
     * Puts a part of a row. If rows are narrowed, it must be all of the row that isn't background.
     *
     * @param argb pixels, alpha in the highest byte, not premultiplied
     */
    void put(int column, int row, int[] argb, int from, int count) {
        if (columns != null && count < width) {
            clearRows();
        }
        begin(row);
        int place = row * width + column;
        for (int i = 0; i < count; i++) {
            int pixel = argb[from + i];
            put(place + i, pixel >> 16 & 255, pixel >> 8 & 255, pixel & 255, pixel >>> 24);
        }
        end(row);
    }

    /**
     * One pixel.
     *
     * @param place the pixel's index in the picture, row by row
     * @param alpha 0 for transparent to 255 for opaque
     */
    void put(int place, int r, int g, int b, int alpha) {
        int shownRed = alpha == 255 ? r : laid(r, red, alpha);
        int shownGreen = alpha == 255 ? g : laid(g, green, alpha);
        int shownBlue = alpha == 255 ? b : laid(b, blue, alpha);
        int at = place - first;
        if (channels == 1) {
            out[at] = (byte) Picture.luma(shownRed, shownGreen, shownBlue);
        } else {
            out[3 * at] = (byte) shownRed;
            out[3 * at + 1] = (byte) shownGreen;
            out[3 * at + 2] = (byte) shownBlue;
        }
    }

    private static int laid(int value, int behind, int alpha) {
        return (value * alpha + behind * (255 - alpha) + 127) / 255;
    }

    Picture picture(int height) {
        return columns != null
                ? new Picture(columns.length(), height, channels, narrow)
                : new Picture(width, height, channels, out);
    }
}
