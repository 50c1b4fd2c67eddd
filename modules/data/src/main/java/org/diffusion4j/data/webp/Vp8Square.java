package org.diffusion4j.data.webp;

/**
 * A square of pixels in an array that has those above and at the left of it at their places.
 *
 * @param pixels a byte each
 * @param at the first one's place
 * @param stride from a row to the next
 * @param size of a side, in pixels
 */
record Vp8Square(byte[] pixels, int at, int stride, int size) {}
