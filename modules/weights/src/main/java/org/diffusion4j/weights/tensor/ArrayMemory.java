package org.diffusion4j.weights.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The native memory of an array, seen through a window: a buffer holds at most 2 GB, but an array may be larger. */
final class ArrayMemory {
    /** The bytes of a window: divisible by the size of every element type, and small enough to stay in the cache. */
    static final int WINDOW = 1 << 20;

    private ArrayMemory() {}

    /** Whether the array's memory holds only its elements, row by row. */
    static boolean isPlain(INDArray array) {
        return array.ordering() == 'c'
                && array.offset() == 0
                && !array.isView()
                && array.data().length() == array.length();
    }

    /**
     * @param array a plain one, not empty; keep it reachable while the window is in use
     * @param from the first byte
     * @param length the number of bytes
     */
    static ByteBuffer window(INDArray array, long from, int length) {
        // This moves the address, because JavaCPP's buffers are wrong if their position is beyond 2 GB.
        return new BytePointer(array.data().pointer())
                .getPointer(from)
                .limit(length)
                .asByteBuffer()
                .order(ByteOrder.nativeOrder());
    }
}
