package org.diffusion4j.weights.tensor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.function.Function;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.file.FileFault;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A tensor whose elements are still in its file and are read when they are needed. */
public final class FileTensor implements WeightTensor {
    /** ND4J's own limit. */
    private static final int MAX_RANK = 32;

    private static final ThreadLocal<FiniteScan> SCAN = ThreadLocal.withInitial(FiniteScan::new);

    private final TensorFile file;
    private final String name;
    private final TensorType type;
    private final long[] shape;
    private final long byteSize;
    private final TensorBytes bytes;

    /**
     * Of a shape whose size in bytes is known to be possible.
     *
     * @param file the open file
     * @param name the tensor's name in it, for messages
     * @param type the elements' type
     * @param shape the dimensions; of length 0 for a scalar
     * @param bytes the elements
     * @throws IllegalArgumentException if no number of bytes can hold such a tensor
     */
    public FileTensor(TensorFile file, String name, TensorType type, long[] shape, TensorBytes bytes) {
        this.file = file;
        this.name = name;
        this.type = type;
        this.shape = shape.clone();
        this.byteSize = type.byteSize(shape)
                .orElseThrow(() -> new IllegalArgumentException(
                        "shape: expected a countable number of whole bytes, found " + type.describe(shape)));
        this.bytes = bytes;
    }

    /**
     * The file that the tensor is in.
     *
     * @return the open file
     */
    public TensorFile file() {
        return file;
    }

    /**
     * The tensor's name in its file.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * The elements as they are in the file.
     *
     * @return the bytes
     */
    public TensorBytes bytes() {
        return bytes;
    }

    @Override
    public TensorType type() {
        return type;
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }

    @Override
    public DataType dataType() {
        return type.isFloat() ? DataType.FLOAT : DataType.INT64;
    }

    @Override
    public long byteSize() {
        return byteSize;
    }

    @Override
    public <T> T use(Function<INDArray, T> read) {
        try (INDArray elements = array()) {
            return read.apply(elements);
        }
    }

    /**
     * Reads the elements.
     *
     * @return an array of the tensor's shape, c order: FLOAT for floats (F16 and BF16 are exact, F64 is rounded), LONG for
     *     whole numbers and booleans
     * @throws Diffusion4jException if the file can't be read, it is of another type, or a U64 doesn't fit into a long
     */
    @Override
    public INDArray array() {
        return type.isFloat() ? floats() : longs();
    }

    /**
     * Reads a tensor of floats.
     *
     * @return a FLOAT array of the tensor's shape, c order; F16 and BF16 are exact, F64 is rounded
     * @throws Diffusion4jException if the file can't be read, or it is of another type than F64, F32, F16 and BF16
     */
    public INDArray floats() {
        requireFloats();
        return readAs(DataType.FLOAT);
    }

    private void requireFloats() {
        if (!type.isFloat()) {
            throw FileFault.in(file.path(), name, "expected F64, F32, F16 or BF16, found " + type);
        }
    }

    /**
     * Reads a tensor of whole numbers or booleans (0 and 1).
     *
     * @return a LONG array of the tensor's shape, c order
     * @throws Diffusion4jException if the file can't be read, it is of another type than I64, I32, I16, I8, U64, U32, U16,
     *     U8 and BOOL, or a U64 doesn't fit into a long
     */
    public INDArray longs() {
        boolean whole =
                switch (type) {
                    case BOOL, U8, I8, I16, U16, I32, U32, I64, U64 -> true;
                    default -> false;
                };
        if (!whole) {
            throw FileFault.in(file.path(), name, "expected a type of whole numbers such as I64, found " + type);
        }
        return readAs(DataType.INT64);
    }

    private INDArray readAs(DataType arrayType) {
        if (shape.length > MAX_RANK) {
            throw FileFault.in(
                    file.path(), name, "expected at most " + MAX_RANK + " dimensions, found " + shape.length);
        }
        INDArray array = Nd4j.createUninitializedDetached(arrayType, shape);
        boolean asItIs = type == TensorType.F32 && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
        int sourceBytes = type.bits() / 8;
        int targetBytes = arrayType.width();
        int windowLength = ArrayMemory.WINDOW / Long.BYTES;
        long length = byteSize / sourceBytes;
        for (long first = 0; first < length; first += windowLength) {
            int count = (int) Math.min(windowLength, length - first);
            ByteBuffer target = ArrayMemory.window(array, first * targetBytes, count * targetBytes);
            if (asItIs) {
                fill(first * sourceBytes, target);
                continue;
            }
            ByteBuffer source = fill(first * sourceBytes, Window.of((long) count * sourceBytes));
            switch (arrayType) {
                case FLOAT -> decodeFloats(source, target);
                default -> decodeLongs(source, target);
            }
        }
        return array;
    }

    /** Fills a buffer, and makes it ready to be read, little-endian. */
    private ByteBuffer fill(long from, ByteBuffer buffer) {
        try {
            bytes.read(from, buffer);
            return buffer.flip().order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw FileFault.from(file.path(), "read " + FileFault.quote(name), e);
        }
    }

    private void decodeFloats(ByteBuffer source, ByteBuffer target) {
        while (target.hasRemaining()) {
            target.putInt(
                    switch (type) {
                        case F16 -> HalfPrecision.widen(source.getShort());
                        case BF16 -> BrainFloat.widen(source.getShort());
                        case F32 -> source.getInt();
                        default -> Float.floatToRawIntBits((float) source.getDouble());
                    });
        }
    }

    private void decodeLongs(ByteBuffer source, ByteBuffer target) {
        while (target.hasRemaining()) {
            long value =
                    switch (type) {
                        case BOOL, U8 -> Byte.toUnsignedLong(source.get());
                        case I8 -> source.get();
                        case I16 -> source.getShort();
                        case U16 -> Short.toUnsignedLong(source.getShort());
                        case I32 -> source.getInt();
                        case U32 -> Integer.toUnsignedLong(source.getInt());
                        default -> source.getLong();
                    };
            if (type == TensorType.U64 && value < 0) {
                throw FileFault.in(
                        file.path(), name, "expected numbers below 2^63, found " + Long.toUnsignedString(value));
            }
            target.putLong(value);
        }
    }

    /**
     * Whether all elements of a tensor of floats are finite. This reads them, but keeps none.
     *
     * @return false if one is NaN or infinite, or an F64 that no float can hold
     * @throws Diffusion4jException if the file can't be read, or it is of another type than F64, F32, F16 and BF16
     */
    public boolean isFinite() {
        requireFloats();
        FiniteScan scan = SCAN.get();
        for (long from = 0; from < byteSize; ) {
            ByteBuffer window = fill(from, scan.window(byteSize - from));
            from += window.remaining();
            if (!scan.isFinite(type, window)) {
                return false;
            }
        }
        return true;
    }

    /** Writes the elements' bytes as they are in the file. */
    @Override
    public void writeTo(WritableByteChannel channel) throws IOException {
        bytes.writeTo(byteSize, channel);
    }
}
