package org.diffusion4j.data.webp;

/**
 * One quantity of a frame, such as its brightness: whole macroblocks, row by row.
 *
 * @param pixels one byte per pixel
 * @param stride the distance from one row to the next
 * @param size the side of a macroblock, in pixels: 16 or 8
 */
record Vp8Plane(byte[] pixels, int stride, int size) {
    /** The index of a macroblock's first pixel. */
    int at(int column, int row) {
        return row * size * stride + column * size;
    }
}
