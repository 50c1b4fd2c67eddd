package org.diffusion4j.training.evaluate.inception;

/**
 * Bilinear resizing as TensorFlow 1's {@code resize_bilinear} did it, on which the published distances stand: pixel i of the
 * result lies at i · in / out of the picture, without half pixels and without antialiasing.
 */
final class TensorFlowResize {
    private TensorFlowResize() {}

    /** For each pixel of the result: the one before, the one after, and how far it is from the first. */
    private record Axis(int[] before, int[] after, float[] share) {
        static Axis of(int from, int to) {
            Axis axis = new Axis(new int[to], new int[to], new float[to]);
            float scale = (float) from / to;
            for (int i = 0; i < to; i++) {
                float place = i * scale;
                axis.before[i] = (int) Math.floor(place);
                axis.after[i] = Math.min(axis.before[i] + 1, from - 1);
                axis.share[i] = place - axis.before[i];
            }
            return axis;
        }
    }

    /**
     * Resizes planes to a square.
     *
     * @param planes one after another, rows of {@code width}
     * @return rows of {@code size}
     */
    static float[] square(float[] planes, int count, int height, int width, int size) {
        Axis down = Axis.of(height, size);
        Axis across = Axis.of(width, size);
        float[] result = new float[count * size * size];
        for (int plane = 0; plane < count; plane++) {
            for (int y = 0; y < size; y++) {
                int above = (plane * height + down.before[y]) * width;
                int below = (plane * height + down.after[y]) * width;
                row(planes, above, below, down.share[y], across, result, (plane * size + y) * size);
            }
        }
        return result;
    }

    private static void row(float[] from, int above, int below, float share, Axis across, float[] to, int start) {
        for (int x = 0; x < across.share.length; x++) {
            int left = across.before[x];
            int right = across.after[x];
            float part = across.share[x];
            float top = from[above + left] + (from[above + right] - from[above + left]) * part;
            float bottom = from[below + left] + (from[below + right] - from[below + left]) * part;
            to[start + x] = top + (bottom - top) * share;
        }
    }
}
