package org.diffusion4j.data;

/**
 * What a picture was, and what was cut off of it after it was resized.
 *
 * @param width of the picture, upright, before it was resized, in pixels
 * @param height likewise
 * @param left how many columns of the resized picture were cut off at its left
 * @param top how many rows of the resized picture were cut off at its top
 */
public record Framing(int width, int height, int left, int top) {}
