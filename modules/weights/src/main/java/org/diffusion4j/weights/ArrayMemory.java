package org.diffusion4j.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The native memory of an array, seen through a window: a buffer holds 2 GB at most, an array more. */
final class ArrayMemory {
    /** Bytes a window: divisible by every element's size, small enough to stay near the cache. */
    static final int WINDOW = 1 << 20;

    private ArrayMemory() {}

    /** Whether the array's memory holds its elements row by row and nothing else. */
    static boolean isPlain(INDArray array) {
        return array.ordering() == 'c'
                && array.offset() == 0
                && !array.isView()
                && array.data().length() == array.length();
    }

    /**
     * @param array a plain one, not empty; keep it reachable while the window is in use
     * @param from the first byte
     * @param length bytes
     */
    static ByteBuffer window(INDArray array, long from, int length) {
        // By a moved address: JavaCPP's buffers are wrong where a position lies beyond 2 GB.
        return new BytePointer(array.data().pointer())
                .getPointer(from)
                .limit(length)
                .asByteBuffer()
                .order(ByteOrder.nativeOrder());
    }
}
