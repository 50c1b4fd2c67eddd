package org.diffusion4j.engine.onednn;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.diffusion4j.Diffusion4jException;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A stretch of native memory: a part of the arena, or the separate memory of a constant. Elements are float32, or float64
 * if {@code wide}.
 */
final class Buffer {
    /** Java's loops index a buffer's bytes with an int. */
    static final long MOST_BYTES = Integer.MAX_VALUE;

    private final long length;
    private final boolean wide;
    private final boolean constant;
    /** The first of the steps during which it is in use. */
    int firstStep = Integer.MAX_VALUE;

    int lastStep = -1;
    /** The buffer in whose place this one is; null for a place of its own. */
    private Buffer place;

    private BytePointer pointer;
    private ByteBuffer bytes;

    /**
     * A buffer that has no memory yet.
     *
     * @throws Diffusion4jException if it is larger than {@link #MOST_BYTES}
     */
    Buffer(long length, boolean wide, boolean constant) {
        this.length = length;
        this.wide = wide;
        this.constant = constant;
        if (byteSize() > MOST_BYTES) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "network: expected arrays of at most %d bytes per thread, found one of %d; smaller images or fewer at once fit",
                    MOST_BYTES,
                    byteSize()));
        }
    }

    long length() {
        return length;
    }

    boolean isConstant() {
        return constant;
    }

    boolean isWide() {
        return wide;
    }

    long byteSize() {
        return bytes(length, wide);
    }

    /** The bytes that a number of elements take. */
    static long bytes(long length, boolean wide) {
        return length * (wide ? 8 : 4);
    }

    void usedBy(int step) {
        firstStep = Math.min(firstStep, step);
        lastStep = Math.max(lastStep, step);
    }

    /** Whether no later step needs what is in this buffer's place. */
    boolean isLastReadBy(int step) {
        return !constant && (place == null ? lastStep == step : place.isLastReadBy(step) && lastStep == step);
    }

    /** Makes this buffer have the place of another, which isn't needed any more when this one is made. */
    void takePlaceOf(Buffer other) {
        place = other.place == null ? other : other.place;
        place.lastStep = Math.max(place.lastStep, lastStep);
    }

    /** Binds a buffer in another's place, which has been bound, to that place. */
    void bindInPlace() {
        if (place != null && pointer == null) {
            bind(place.pointer);
        }
    }

    void bind(Pointer memory) {
        pointer = new BytePointer(memory).limit(byteSize()).capacity(byteSize());
        ByteBuffer direct = pointer.asByteBuffer();
        bytes = direct == null ? null : direct.order(ByteOrder.nativeOrder()); // null where memory is only planned
    }

    Pointer pointer() {
        return pointer;
    }

    ByteBuffer bytes() {
        return bytes;
    }

    /** The bytes of some float32 elements. */
    ByteBuffer bytes(int from, int to) {
        return bytes.slice(4 * from, 4 * (to - from)).order(ByteOrder.nativeOrder());
    }

    /**
     * Takes over an array's elements.
     *
     * @param from as many elements as this has, in any order; a part of a batch is copied directly from the batch
     */
    void copyFrom(INDArray from) {
        INDArray rows = isRowMajor(from) ? from : from.dup('c');
        if (!wide && rows.dataType() == DataType.FLOAT) {
            // This reads the elements directly, without a conversion or a copy on the heap.
            Pointer.memcpy(pointer, rows.data().addressPointer(), byteSize());
        } else {
            for (long i = 0; i < length; i++) {
                set(i, rows.data().getDouble(i));
            }
        }
        if (rows != from) {
            rows.close();
        }
    }

    /** Whether the elements are contiguous, in the order of their indices. */
    private static boolean isRowMajor(INDArray array) {
        long step = 1;
        for (int dimension = array.rank() - 1; dimension >= 0; dimension--) {
            if (array.size(dimension) != 1 && array.stride(dimension) != step) {
                return false;
            }
            step *= array.size(dimension);
        }
        return true;
    }

    double get(long index) {
        return wide ? bytes.getDouble((int) (8 * index)) : bytes.getFloat((int) (4 * index));
    }

    void set(long index, double value) {
        if (wide) {
            bytes.putDouble((int) (8 * index), value);
        } else {
            bytes.putFloat((int) (4 * index), (float) value);
        }
    }
}
