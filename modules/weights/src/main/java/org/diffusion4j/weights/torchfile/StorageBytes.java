package org.diffusion4j.weights.torchfile;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The bytes of a storage, which stay in the file. Several threads may read at once. */
sealed interface StorageBytes permits StoredBytes, DeflatedBytes {
    /** How many bytes there are. */
    long size();

    /**
     * Fills a buffer from its position to its limit.
     *
     * @param from the first byte; all are within the storage
     * @throws IOException if the file can't be read
     */
    void read(long from, ByteBuffer target) throws IOException;

    /**
     * Gives a part in which elements can be read in any order.
     *
     * @param from the first byte
     * @param length the number of bytes
     * @param wanted how many of them are elements that are wanted
     * @throws IOException if the file can't be read
     */
    StorageSpan span(long from, long length, long wanted) throws IOException;
}
