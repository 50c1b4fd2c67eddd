package org.diffusion4j.training.prompt;

import static org.diffusion4j.Requirement.requireWithin;

/**
 * A small text encoder described by a few numbers.
 *
 * @param width of a token's vector, a multiple of 32 up to {@value #MOST_WIDTH}
 * @param layers blocks of the transformer, from 1 to {@value #MOST_LAYERS}
 * @param length the longest text in tokens, with one for its beginning and one for its end, from 4 to {@value #MOST_LENGTH}
 */
public record TextShape(int width, int layers, int length) {
    /** That of the largest encoders there are. */
    public static final int MOST_WIDTH = 4096;
    /** More than the largest encoders have. */
    public static final int MOST_LAYERS = 64;
    /** Of texts that are read as a whole. */
    public static final int MOST_LENGTH = 1024;

    private static final int HEAD_WIDTH = 32;

    /** Checks the numbers. */
    public TextShape {
        requireWithin("text-width", HEAD_WIDTH, MOST_WIDTH, width);
        requireWithin("text-layers", 1, MOST_LAYERS, layers);
        requireWithin("text-length", 4, MOST_LENGTH, length);
        if (width % HEAD_WIDTH != 0) {
            throw new IllegalArgumentException("text-width: expected a multiple of " + HEAD_WIDTH + ", found " + width);
        }
    }

    /** The heads of its attention. */
    int heads() {
        return width / HEAD_WIDTH;
    }
}
