package org.diffusion4j.training;

import java.util.ArrayDeque;
import java.util.Deque;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Adds vectors in a fixed binary tree over their numbers: 0 and 1, 2 and 3, then both sums, and so forth, the ones left over
 * from the smallest sum up. Rounding depends on the order of additions; in this one, whoever adds an aligned stretch of 2ᵏ
 * vectors, or the last ones, has a subtree's sum. So a sum has the same bits on one machine and on many.
 */
public final class GradientTree implements AutoCloseable {
    private final INDArray vector;
    /** Sums of 2ᵏ vectors with falling k, the newest first. */
    private final Deque<INDArray> sums = new ArrayDeque<>();

    private final Deque<INDArray> spare = new ArrayDeque<>();
    private long added;

    /**
     * A sum of nothing.
     *
     * @param vector where each vector is put before it is {@linkplain #add added}, and where the sum is at the end; zeros to
     *     begin with
     */
    public GradientTree(INDArray vector) {
        this.vector = vector;
    }

    /** Adds what is in the vector now, whose elements are zero afterwards. */
    public void add() {
        fold();
        INDArray sum = spare.isEmpty() ? vector.dup() : spare.pop().assign(vector);
        sums.push(sum);
        vector.assign(0);
    }

    /** Adds what is in the vector now, which has the whole sum afterwards; then begins a new one. */
    public void addLast() {
        fold();
        while (!sums.isEmpty()) {
            take();
        }
        added = 0;
    }

    /** Adds the sums of as many vectors as the vector has. */
    private void fold() {
        added++;
        for (long left = added; left % 2 == 0; left /= 2) {
            take();
        }
    }

    private void take() {
        INDArray sum = sums.pop();
        vector.addi(sum);
        spare.push(sum);
    }

    /** Forgets what was added; the vector's elements are zero afterwards. */
    public void clear() {
        while (!sums.isEmpty()) {
            spare.push(sums.pop());
        }
        added = 0;
        vector.assign(0);
    }

    /** Frees the memory of partial sums. */
    @Override
    public void close() {
        sums.forEach(INDArray::close);
        spare.forEach(INDArray::close);
        sums.clear();
        spare.clear();
    }
}
