package org.diffusion4j.weights.tensor;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/** A tensor whose bytes are made when it is written. */
record StreamedTensor(TensorType type, long[] shape, Content content) implements Tensor {
    StreamedTensor {
        if (type.byteSize(shape).isEmpty()) {
            throw new IllegalArgumentException(
                    "shape: expected a countable number of whole bytes, found " + type.describe(shape));
        }
    }

    @Override
    public long byteSize() {
        return type.byteSize(shape).orElseThrow();
    }

    @Override
    public void writeTo(WritableByteChannel channel) throws IOException {
        content.writeTo(channel);
    }
}
