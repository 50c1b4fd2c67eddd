package org.diffusion4j.weights.singlefile;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.diffusion4j.weights.tensor.TensorBytes;

/**
 * The elements of a matrix column by column. Each piece that is asked for reads the whole of it, as its elements are all over
 * the stored rows: such a matrix is a small part of a file.
 *
 * @param stored the elements row by row
 * @param rows the rows of the transposed matrix, which are the stored columns
 * @param columns the columns of the transposed matrix
 * @param elementBytes the size of an element
 */
record TransposedBytes(TensorBytes stored, long rows, long columns, int elementBytes) implements TensorBytes {
    @Override
    public void read(long from, ByteBuffer target) throws IOException {
        byte[] all = new byte[Math.toIntExact(Math.multiplyExact(rows * columns, elementBytes))];
        stored.read(0, ByteBuffer.wrap(all));
        long place = from;
        while (target.hasRemaining()) {
            long element = place / elementBytes;
            long storedElement = element % columns * rows + element / columns;
            target.put(all[Math.toIntExact(storedElement * elementBytes + place % elementBytes)]);
            place++;
        }
    }
}
