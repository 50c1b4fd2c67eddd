package org.diffusion4j.graph;

import java.io.Serializable;
import java.util.Locale;

/**
 * An image's size in pixels.
 *
 * @param height rows, 1 to 16384
 * @param width columns, 1 to 16384
 */
public record SampleSize(int height, int width) implements Serializable {
    /** The longest side: far more than any network draws, but few enough that an int can count the pixels. */
    public static final int MOST = 1 << 14;

    /** Checks the bounds. */
    public SampleSize {
        if (height > MOST || width > MOST) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "sample_size: expected at most %d, found %dx%d", MOST, height, width));
        }
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
