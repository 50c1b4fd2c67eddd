package org.diffusion4j.data.webp;

/**
 * A square of pixels in an array that also has the pixels above and to the left at their places.
 *
 * @param pixels one byte per pixel
 * @param at the index of the first pixel
 * @param stride the distance from one row to the next
 * @param size the length of a side, in pixels
 */
record Vp8Square(byte[] pixels, int at, int stride, int size) {}
