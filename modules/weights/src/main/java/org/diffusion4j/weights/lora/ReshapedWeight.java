package org.diffusion4j.weights.lora;

import java.util.function.Function;
import org.diffusion4j.samediff.WeightSource;
import org.diffusion4j.weights.tensor.WeightTensor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A tensor under another shape of as many elements: that of a linear layer for a convolution of 1×1, or the other way round. */
record ReshapedWeight(WeightTensor tensor, long... shape) implements WeightSource {
    @Override
    public long[] shape() {
        return shape.clone();
    }

    @Override
    public DataType dataType() {
        return tensor.dataType();
    }

    @Override
    public <T> T use(Function<INDArray, T> reader) {
        return tensor.use(array -> reader.apply(array.reshape('c', shape)));
    }

    @Override
    public INDArray array() {
        return tensor.array().reshape('c', shape);
    }
}
