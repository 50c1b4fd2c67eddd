package org.diffusion4j.weights;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.function.Function;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A tensor whose bytes are still in its file and are read when they are needed. */
record FileTensor(SafetensorsReader reader, TensorEntry entry) implements WeightTensor {
    @Override
    public TensorType type() {
        return entry.type();
    }

    @Override
    public long[] shape() {
        return entry.shape().clone();
    }

    @Override
    public DataType dataType() {
        return entry.type().isFloat() ? DataType.FLOAT : DataType.INT64;
    }

    @Override
    public long byteSize() {
        return entry.byteSize();
    }

    @Override
    public <T> T use(Function<INDArray, T> read) {
        try (INDArray elements = array()) {
            return read.apply(elements);
        }
    }

    @Override
    public INDArray array() {
        return entry.type().isFloat() ? reader.read(entry.name()) : reader.readLong(entry.name());
    }

    @Override
    public void writeTo(WritableByteChannel channel) throws IOException {
        reader.copyTo(channel, entry);
    }
}
