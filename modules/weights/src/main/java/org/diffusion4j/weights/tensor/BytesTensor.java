package org.diffusion4j.weights.tensor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.Optional;

/** A tensor of any type, as the bytes of its file. */
record BytesTensor(TensorType type, long[] shape, byte[] bytes) implements Tensor {
    BytesTensor {
        if (Arrays.stream(shape).anyMatch(dimension -> dimension < 0)) {
            throw new IllegalArgumentException(
                    "shape: expected no negative dimension, found " + Arrays.toString(shape));
        }
        Optional<Long> expected = type.byteSize(shape);
        if (expected.isEmpty() || expected.get() != bytes.length) {
            throw new IllegalArgumentException("bytes: expected "
                    + expected.map(size -> size + " bytes").orElse("a whole number of bytes") + " for "
                    + type.describe(shape) + ", found " + bytes.length);
        }
    }

    @Override
    public long byteSize() {
        return bytes.length;
    }

    @Override
    public void writeTo(WritableByteChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }
}
