package org.diffusion4j.weights.tensor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** The elements of a tensor in a file as bytes, little-endian and row by row. Several threads may read at once. */
@FunctionalInterface
public interface TensorBytes {
    /**
     * Fills a buffer.
     *
     * @param from the first byte, counted from the tensor's own first one
     * @param target is filled from its position to its limit, which lie within the tensor
     * @throws IOException if the file can't be read or has become shorter
     */
    void read(long from, ByteBuffer target) throws IOException;

    /**
     * Writes the bytes as they are.
     *
     * @param length the tensor's size
     * @param channel the channel to write to, which must be blocking
     * @throws IOException if the file can't be read, or the channel fails
     */
    default void writeTo(long length, WritableByteChannel channel) throws IOException {
        ByteBuffer window;
        for (long from = 0; from < length; from += window.limit()) {
            window = Window.of(length - from);
            read(from, window);
            window.flip();
            while (window.hasRemaining()) {
                channel.write(window);
            }
        }
    }
}
