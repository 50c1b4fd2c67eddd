package org.diffusion4j.spark.training;

import java.io.Serializable;
import java.lang.ref.Reference;
import org.bytedeco.javacpp.BytePointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A vector of float32 on its way: its bytes as they lie in memory, in pieces, since one of Java's arrays ends at 2 GB.
 *
 * @param chunks pieces of {@value #CHUNK} bytes, the last one shorter
 */
record VectorBytes(byte[][] chunks) implements Serializable {
    private static final int CHUNK = 1 << 26;

    /** A copy of a vector. */
    static VectorBytes of(INDArray vector) {
        long length = Float.BYTES * vector.length();
        byte[][] chunks = new byte[Math.toIntExact((length + CHUNK - 1) / CHUNK)][];
        try {
            for (int i = 0; i < chunks.length; i++) {
                long from = (long) i * CHUNK;
                chunks[i] = new byte[(int) Math.min(CHUNK, length - from)];
                address(vector, from).get(chunks[i]);
            }
        } finally {
            Reference.reachabilityFence(vector);
        }
        return new VectorBytes(chunks);
    }

    /** Writes this over a vector of the same length. */
    void copyTo(INDArray vector) {
        long from = 0;
        try {
            for (byte[] chunk : chunks) {
                address(vector, from).put(chunk);
                from += chunk.length;
            }
        } finally {
            Reference.reachabilityFence(vector);
        }
    }

    /** The vector is a whole buffer, and the pointer is good as long as it is. */
    private static BytePointer address(INDArray vector, long from) {
        return new BytePointer(vector.data().addressPointer()).getPointer(from);
    }
}
