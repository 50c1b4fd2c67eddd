package org.diffusion4j.data;

/** Takes a file's values part by part, lays them on a background, and makes them the wanted channels. */
final class PixelRows {
    private final int width;
    private final int channels;
    private final int red;
    private final int green;
    private final int blue;
    private final byte[] out;

    /** @param background 0xRRGGBB, shown where a pixel is transparent */
    PixelRows(int width, int height, int channels, int background) {
        this(width, channels, background, new byte[Math.multiplyExact(Math.multiplyExact(width, height), channels)]);
    }

    /** @param out may hold the values themselves, no fewer of each pixel than the channels, put in their order */
    PixelRows(int width, int channels, int background, byte[] out) {
        this.width = width;
        this.channels = channels;
        this.red = background >> 16 & 255;
        this.green = background >> 8 & 255;
        this.blue = background & 255;
        this.out = out;
    }

    /** Makes all of it background, for what is not put. */
    void clear() {
        for (int i = 0; i < out.length / channels; i++) {
            put(i, 0, 0, 0, 0);
        }
    }

    /**
     * A part of a row.
     *
     * @param argb pixels, alpha in the highest byte, not premultiplied
     */
    void put(int column, int row, int[] argb, int from, int count) {
        int place = row * width + column;
        for (int i = 0; i < count; i++) {
            int pixel = argb[from + i];
            put(place + i, pixel >> 16 & 255, pixel >> 8 & 255, pixel & 255, pixel >>> 24);
        }
    }

    /**
     * One pixel.
     *
     * @param place in the picture, row by row
     * @param alpha 0: transparent; 255: opaque
     */
    void put(int place, int r, int g, int b, int alpha) {
        int shownRed = alpha == 255 ? r : laid(r, red, alpha);
        int shownGreen = alpha == 255 ? g : laid(g, green, alpha);
        int shownBlue = alpha == 255 ? b : laid(b, blue, alpha);
        if (channels == 1) {
            out[place] = (byte) Picture.luma(shownRed, shownGreen, shownBlue);
        } else {
            out[3 * place] = (byte) shownRed;
            out[3 * place + 1] = (byte) shownGreen;
            out[3 * place + 2] = (byte) shownBlue;
        }
    }

    private static int laid(int value, int behind, int alpha) {
        return (value * alpha + behind * (255 - alpha) + 127) / 255;
    }

    Picture picture(int height) {
        return new Picture(width, height, channels, out);
    }
}
