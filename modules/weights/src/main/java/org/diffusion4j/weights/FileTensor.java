package org.diffusion4j.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** A tensor whose bytes are still in its file and are mapped when they are needed. */
record FileTensor(SafetensorsReader reader, TensorEntry entry) implements Tensor {
    /** The bytes of one mapping: a mapping holds at most 2 GB, but a tensor may be larger. */
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
