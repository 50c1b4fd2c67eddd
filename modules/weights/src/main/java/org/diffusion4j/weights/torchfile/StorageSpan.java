package org.diffusion4j.weights.torchfile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A part of a storage as memory, in pieces, as a buffer holds 2 GB at most. No element lies in two pieces. */
final class StorageSpan {
    private static final int PIECE_BITS = 30;

    private final ByteBuffer[] pieces;

    private StorageSpan(ByteBuffer[] pieces) {
        this.pieces = pieces;
    }

    /** Where a piece comes from. */
    @FunctionalInterface
    interface Pieces {
        /** @return a piece that begins so many bytes after the span, and is of that length */
        ByteBuffer piece(long from, int length) throws IOException;
    }

    static StorageSpan of(long length, Pieces source) throws IOException {
        long most = 1L << PIECE_BITS;
        ByteBuffer[] pieces = new ByteBuffer[(int) ((length + most - 1) >> PIECE_BITS)];
        for (int i = 0; i < pieces.length; i++) {
            long from = (long) i << PIECE_BITS;
            pieces[i] = source.piece(from, (int) Math.min(most, length - from)).order(ByteOrder.nativeOrder());
        }
        return new StorageSpan(pieces);
    }

    /**
     * Copies elements as they are.
     *
     * @param from the first one's first byte
     * @param step from one to the next, in bytes
     * @param count how many
     * @param bytes of an element: 1, 2, 4 or 8
     * @param target in the native order
     */
    void copy(long from, long step, int count, int bytes, ByteBuffer target) {
        long at = from;
        for (int i = 0; i < count; i++, at += step) {
            ByteBuffer piece = pieces[(int) (at >> PIECE_BITS)];
            int index = (int) (at & ((1 << PIECE_BITS) - 1));
            switch (bytes) {
                case 1 -> target.put(piece.get(index));
                case 2 -> target.putShort(piece.getShort(index));
                case 4 -> target.putInt(piece.getInt(index));
                default -> target.putLong(piece.getLong(index));
            }
        }
    }
}
