package org.diffusion4j.weights.lora;

import java.util.Arrays;
import org.diffusion4j.weights.tensor.FileTensor;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A difference that is stored as it is, of a weight or a bias.
 *
 * @param difference an array of the parameter's shape
 * @param factor what it is multiplied by: 1, or alpha / rank for the bias of a low-rank layer
 */
public record WholeDelta(FileTensor difference, double factor) implements WeightDelta {
    @Override
    public int rank() {
        return 0;
    }

    @Override
    public void check(long... shape) {
        WeightDelta.require(WeightDelta.isLike(difference.shape(), shape), difference, Arrays.toString(shape), shape);
    }

    @Override
    public INDArray product(long... shape) {
        return difference.floats();
    }
}
