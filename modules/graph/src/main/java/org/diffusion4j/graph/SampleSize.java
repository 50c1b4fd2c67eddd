package org.diffusion4j.graph;

import java.util.Locale;

/**
 * An image's size in pixels.
 *
 * @param height rows, at least 1
 * @param width columns, at least 1
 */
public record SampleSize(int height, int width) {
    /** Checks the bounds. */
    public SampleSize {
        if (height < 1 || width < 1) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "sample_size: expected at least 1, found %dx%d", height, width));
        }
    }

    /**
     * A square.
     *
     * @param size rows and columns
     * @return the size
     */
    public static SampleSize square(int size) {
        return new SampleSize(size, size);
    }
}
