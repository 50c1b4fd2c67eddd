package org.diffusion4j.spark.sampling;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Consecutive pictures.
 *
 * @param first the number of the first, from 0
 * @param end the number behind the last
 */
record ImageRange(int first, int end) implements Serializable {
    int count() {
        return end - first;
    }

    /** Cuts pictures into ranges of a length, the last one shorter. */
    static List<ImageRange> cut(int images, int length) {
        List<ImageRange> ranges = new ArrayList<>();
        for (int first = 0; first < images; first += length) {
            ranges.add(new ImageRange(first, Math.min(length, images - first) + first));
        }
        return ranges;
    }

    /** Divides pictures into as many ranges, whose lengths differ by at most 1. */
    static List<ImageRange> divide(int images, int parts) {
        List<ImageRange> ranges = new ArrayList<>();
        for (int i = 0; i < parts; i++) {
            ranges.add(new ImageRange((int) ((long) images * i / parts), (int) ((long) images * (i + 1) / parts)));
        }
        return ranges;
    }
}
