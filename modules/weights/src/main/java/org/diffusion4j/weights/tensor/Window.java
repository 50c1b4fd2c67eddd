package org.diffusion4j.weights.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A thread's own buffer through which tensors are read and written, one after the other. A buffer for each tensor would take
 * memory until Java's collector finds it, which for a model of hundreds of tensors is a hundred MB.
 */
final class Window {
    private static final ThreadLocal<ByteBuffer> OWN =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(ArrayMemory.WINDOW));

    private Window() {}

    /**
     * The calling thread's buffer, empty and little-endian. Whatever it held before is gone.
     *
     * @param bytes how many bytes are wanted; it takes at most {@link ArrayMemory#WINDOW}
     */
    static ByteBuffer of(long bytes) {
        return OWN.get()
                .clear()
                .limit((int) Math.min(ArrayMemory.WINDOW, bytes))
                .order(ByteOrder.LITTLE_ENDIAN);
    }
}
