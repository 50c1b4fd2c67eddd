package org.diffusion4j.weights.onnx;

import java.util.Arrays;
import java.util.Locale;

/**
 * Shapes in which only the batch size is unknown. A first dimension of -k means k times the batch: for example, an array of
 * [N, 6, 4] that is reshaped to [-1, 4] has -6.
 */
final class BatchShape {
    /** A first dimension that is the batch itself. */
    static final long BATCH = -1;

    private BatchShape() {}

    /** The shape to which numpy broadcasts two shapes; a dimension of 1 fits any other. */
    static long[] broadcast(long[] a, long[] b) {
        long[] shape = new long[Math.max(a.length, b.length)];
        for (int i = 1; i <= shape.length; i++) {
            long left = i <= a.length ? a[a.length - i] : 1;
            long right = i <= b.length ? b[b.length - i] : 1;
            if (left != right && left != 1 && right != 1) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "shapes: expected two that broadcast, found %s and %s",
                        Arrays.toString(a),
                        Arrays.toString(b)));
            }
            shape[shape.length - i] = left == 1 ? right : left;
        }
        return shape;
    }

    /** The shape of a reshaped array; one of the given dimensions may be -1, which is computed. */
    static long[] reshaped(long[] from, long... to) {
        long[] shape = to.clone();
        long length = product(from);
        int open = -1;
        long known = 1;
        for (int i = 0; i < to.length; i++) {
            if (to[i] == -1 && open < 0) {
                open = i;
            } else if (to[i] > 0) {
                known *= to[i];
            } else {
                throw misfit(from, to);
            }
        }
        if (open < 0 ? known != length : length % known != 0 || (length < 0 && open > 0)) {
            throw misfit(from, to);
        }
        if (open >= 0) {
            shape[open] = length / known;
        }
        return shape;
    }

    private static IllegalArgumentException misfit(long[] from, long[] to) {
        return new IllegalArgumentException(String.format(
                Locale.ROOT,
                "reshape: expected a shape for %s with the batch in front, found %s",
                Arrays.toString(from),
                Arrays.toString(to)));
    }

    /** The product of the dimensions; negative if it is a multiple of the batch. */
    private static long product(long... shape) {
        return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    }
}
