package org.diffusion4j.engine.onednn;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/** Hides from each query of a block the keys behind it: their scores become -∞. */
final class CausalMask implements BlockStep {
    private final Buffer scores;
    private final int heads;
    private final int rows;
    private final int keys;
    private final float[] hidden;

    /**
     * The mask of blocks of one size.
     *
     * @param scores [heads, rows, keys]
     * @param heads the heads of a block
     * @param rows the queries of a block
     * @param keys the number of keys
     */
    CausalMask(Buffer scores, long heads, long rows, long keys) {
        this.scores = scores;
        this.heads = Math.toIntExact(heads);
        this.rows = Math.toIntExact(rows);
        this.keys = Math.toIntExact(keys);
        this.hidden = new float[this.keys];
        Arrays.fill(hidden, Float.NEGATIVE_INFINITY);
    }

    @Override
    public List<Buffer> buffers() {
        return List.of(scores);
    }

    @Override
    public void bind() {
        // It asks the buffer for its memory when it runs.
    }

    @Override
    public void run(long image, long head, long query) {
        FloatBuffer numbers = scores.bytes().asFloatBuffer();
        for (int row = 0; row < heads * rows; row++) {
            int seen = (int) Math.min(keys, query + row % rows + 1);
            numbers.put(row * keys + seen, hidden, 0, keys - seen);
        }
    }
}
