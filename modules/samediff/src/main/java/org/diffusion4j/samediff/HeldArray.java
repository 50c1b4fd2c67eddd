package org.diffusion4j.samediff;

import java.util.function.Function;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A weight that is in memory. */
record HeldArray(INDArray array) implements WeightSource {
    @Override
    public long[] shape() {
        return array.shape().clone();
    }

    @Override
    public DataType dataType() {
        return array.dataType();
    }

    @Override
    public <T> T use(Function<INDArray, T> reader) {
        return reader.apply(array);
    }
}
