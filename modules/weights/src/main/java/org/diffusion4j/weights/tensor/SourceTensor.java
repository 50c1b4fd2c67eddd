package org.diffusion4j.weights.tensor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.WritableByteChannel;
import java.util.function.Function;
import org.diffusion4j.samediff.WeightSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A weight of any origin, such as one that is still to be drawn, whose elements are asked for when it is written. */
record SourceTensor(WeightSource source, TensorType type) implements WeightTensor {
    @Override
    public long[] shape() {
        return source.shape();
    }

    @Override
    public DataType dataType() {
        return source.dataType();
    }

    @Override
    public long byteSize() {
        return source.length() * (type.bits() / 8);
    }

    @Override
    public <T> T use(Function<INDArray, T> reader) {
        return source.use(reader);
    }

    @Override
    public INDArray array() {
        return source.array();
    }

    @Override
    public void writeTo(WritableByteChannel channel) throws IOException {
        try {
            source.read(array -> {
                try {
                    Tensor.of(array, type).writeTo(channel);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
