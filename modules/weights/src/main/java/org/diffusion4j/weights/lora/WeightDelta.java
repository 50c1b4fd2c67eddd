package org.diffusion4j.weights.lora;

import java.util.Arrays;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.tensor.FileTensor;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a module of an adapter adds to a parameter. Its numbers are still in the adapter's file. */
public sealed interface WeightDelta permits LowRankDelta, HadamardDelta, KroneckerDelta, WholeDelta {
    /**
     * What the numbers are multiplied by before the adapter's own scale: alpha / rank.
     *
     * @return 1 if the file has no alpha
     */
    double factor();

    /**
     * The rank of the matrices.
     *
     * @return the rank; 0 if there is none, as of whole matrices
     */
    int rank();

    /**
     * Checks that this can be added to a parameter. Nothing is read.
     *
     * @param shape the parameter's shape
     * @throws org.diffusion4j.Diffusion4jException if not; the message names the tensor and both shapes
     */
    void check(long... shape);

    /**
     * Computes what is added.
     *
     * @param shape the shape of a parameter that {@link #check} lets pass
     * @return a new FLOAT array of as many elements, whose shape may differ, not yet multiplied by {@link #factor()}
     */
    INDArray product(long... shape);

    /** Whether a shape is as expected. A linear layer and a convolution of 1×1 may stand for one another. */
    static boolean isLike(long[] found, long... expected) {
        return Arrays.equals(withoutEnds(found), withoutEnds(expected));
    }

    private static long[] withoutEnds(long[] shape) {
        int length = shape.length;
        while (length > 2 && shape[length - 1] == 1) {
            length--;
        }
        return Arrays.copyOf(shape, length);
    }

    /** Refuses a tensor that isn't as expected. */
    static void require(boolean good, FileTensor tensor, String expected, long... weight) {
        if (!good) {
            throw FileFault.in(
                    tensor.file().path(),
                    tensor.name(),
                    "expected " + expected + " for a weight of " + Arrays.toString(weight) + ", found "
                            + Arrays.toString(tensor.shape()));
        }
    }

    /** A tensor as a matrix of its first dimension and all others. */
    static INDArray matrix(FileTensor tensor) {
        INDArray array = tensor.floats();
        return array.reshape('c', array.size(0), -1);
    }

    /** The product of all dimensions from one on. */
    static long rest(long[] shape, int from) {
        return Arrays.stream(shape, Math.min(from, shape.length), shape.length).reduce(1, (a, b) -> a * b);
    }
}
