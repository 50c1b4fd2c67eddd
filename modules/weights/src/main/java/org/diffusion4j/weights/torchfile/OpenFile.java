package org.diffusion4j.weights.torchfile;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * A file that is read at any position, by several threads if need be.
 *
 * @param path its name, for messages
 * @param channel open for reading
 * @param size the number of bytes when it was opened
 */
record OpenFile(Path path, FileChannel channel, long size) {
    /**
     * Fills a buffer from its position to its limit.
     *
     * @param from the first byte
     * @throws EOFException if the file has become shorter
     */
    void read(long from, ByteBuffer target) throws IOException {
        int start = target.position();
        while (target.hasRemaining()) {
            if (channel.read(target, from + target.position() - start) < 0) {
                throw shorter();
            }
        }
    }

    static EOFException shorter() {
        return new EOFException("the file has become shorter");
    }

    /** The bytes from one position on, as a stream that ends after a length. */
    InputStream stream(long from, long length) {
        return new InputStream() {
            private long at = from;
            private long left = length;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] target, int offset, int count) throws IOException {
                if (left == 0) {
                    return -1;
                }
                int read = channel.read(ByteBuffer.wrap(target, offset, (int) Math.min(count, left)), at);
                if (read < 0) {
                    throw shorter();
                }
                at += read;
                left -= read;
                return read;
            }
        };
    }
}
