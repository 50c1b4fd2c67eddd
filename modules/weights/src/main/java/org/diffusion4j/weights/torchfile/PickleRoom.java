package org.diffusion4j.weights.torchfile;

/**
 * What the values of a file's pickles may take on the heap, by estimate: a byte of a pickle can stand for a hundred in memory.
 * It is enough for some 50,000 tensors.
 */
final class PickleRoom {
    /** A number, a short text, a tuple, a list or a dict without its entries. */
    static final int VALUE = 48;

    /** An entry of a dict or of the memo. */
    static final int ENTRY = 112;

    private static final long MOST_BYTES = 64L << 20;

    private long left = MOST_BYTES;

    /** @return whether there was room for it */
    boolean take(long bytes) {
        left -= bytes;
        return left >= 0;
    }
}
