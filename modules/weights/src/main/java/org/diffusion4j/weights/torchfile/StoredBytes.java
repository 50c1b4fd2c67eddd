package org.diffusion4j.weights.torchfile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel.MapMode;

/**
 * A storage that lies in the file as it is.
 *
 * @param file the open file
 * @param start the storage's first byte in the file
 * @param size its number of bytes, which are all in the file
 */
record StoredBytes(OpenFile file, long start, long size) implements StorageBytes {
    @Override
    public void read(long from, ByteBuffer target) throws IOException {
        file.read(start + from, target);
    }

    /** Maps the part into memory, so that only what is asked for is read. */
    @Override
    public StorageSpan span(long from, long length, long wanted) throws IOException {
        return StorageSpan.of(length, (at, count) -> file.channel().map(MapMode.READ_ONLY, start + from + at, count));
    }
}
