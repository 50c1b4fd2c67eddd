package org.diffusion4j.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** A tensor that still lies in its file: its bytes are mapped when they are wanted. */
record FileTensor(SafetensorsReader reader, TensorEntry entry) implements Tensor {
    /** Bytes a mapping: a mapping holds 2 GB at most, a tensor more. */
    private static final long SEGMENT = 1L << 28;

    @Override
    public TensorType type() {
        return entry.type();
    }

    @Override
    public long[] shape() {
        return entry.shape().clone();
    }

    @Override
    public long byteSize() {
        return entry.byteSize();
    }

    @Override
    public void writeTo(WritableByteChannel channel) throws IOException {
        for (long from = entry.begin(); from < entry.end(); from += SEGMENT) {
            ByteBuffer segment = reader.map(from, Math.min(SEGMENT, entry.end() - from));
            while (segment.hasRemaining()) {
                channel.write(segment);
            }
        }
    }
}
