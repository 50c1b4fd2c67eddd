package org.diffusion4j.weights.tensor;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.function.Function;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An ND4J array that is written in its own type; a float array may also be written as F16 or BF16. */
record ArrayTensor(INDArray array, TensorType type) implements WeightTensor {
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

    @Override
    public long byteSize() {
        return array.length() * (type.bits() / 8);
    }

    @Override
    public void writeTo(WritableByteChannel channel) throws IOException {
        if (array.isEmpty()) {
            return;
        }
        INDArray plain = ArrayMemory.isPlain(array) ? array : array.dup('c');
        try {
            writePlain(plain, channel);
        } finally {
            Reference.reachabilityFence(plain); // a window doesn't keep the memory of a copy alive
        }
    }

    private void writePlain(INDArray plain, WritableByteChannel channel) throws IOException {
        long length = plain.length();
        int sourceBytes = plain.dataType().width();
        int targetBytes = type.bits() / 8;
        int windowLength = ArrayMemory.WINDOW / Long.BYTES;
        for (long first = 0; first < length; first += windowLength) {
            int count = (int) Math.min(windowLength, length - first);
            ByteBuffer source = ArrayMemory.window(plain, first * sourceBytes, count * sourceBytes);
            ByteBuffer target = Window.of((long) count * targetBytes);
            copy(source, target, sourceBytes);
            target.rewind();
            while (target.hasRemaining()) {
                channel.write(target);
            }
        }
    }

    private void copy(ByteBuffer source, ByteBuffer target, int sourceBytes) {
        if (sourceBytes * 8 == type.bits()) {
            switch (sourceBytes) {
                case 2 -> target.asShortBuffer().put(source.asShortBuffer());
                case 4 -> target.asIntBuffer().put(source.asIntBuffer());
                default -> target.asLongBuffer().put(source.asLongBuffer());
            }
            return;
        }
        while (source.hasRemaining()) {
            int bits = source.getInt();
            target.putShort(type == TensorType.F16 ? HalfPrecision.narrow(bits) : BrainFloat.narrow(bits));
        }
    }
}
