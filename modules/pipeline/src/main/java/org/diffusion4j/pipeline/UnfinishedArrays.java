package org.diffusion4j.pipeline;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Arrays of a work that may fail or be cancelled half-way: they are freed unless they are {@linkplain #take taken}. */
public final class UnfinishedArrays implements AutoCloseable {
    private final List<INDArray> arrays = new ArrayList<>();

    /** Makes an empty collection. */
    public UnfinishedArrays() {}

    /**
     * Adds an array, which then belongs to this.
     *
     * @param array the array; null is allowed
     * @return the same
     */
    public INDArray add(INDArray array) {
        arrays.add(array);
        return array;
    }

    /**
     * Hands all arrays to the caller, as the work is done.
     *
     * @return the arrays in the order in which they were added
     */
    public List<INDArray> take() {
        List<INDArray> taken = new ArrayList<>(arrays);
        arrays.clear();
        return taken;
    }

    /** Frees what wasn't taken. */
    @Override
    public void close() {
        arrays.forEach(Denoising::free);
    }
}
