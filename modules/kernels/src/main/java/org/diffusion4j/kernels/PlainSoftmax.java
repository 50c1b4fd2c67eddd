package org.diffusion4j.kernels;

import java.nio.ByteBuffer;

/** A softmax whose rows come piece by piece, number by number. */
final class PlainSoftmax {
    private PlainSoftmax() {}

    static void piece(ByteBuffer x, int rows, int columns, float[] largest, float[] sums, float[] shrink) {
        begin(x, 0, rows, columns, 0, largest, shrink);
        powers(x, 0, rows, columns, 0, largest, sums, shrink);
    }

    /**
     * The largest number of each row before and from a column on.
     *
     * @param largest the largest ones before
     * @param found gets the result
     */
    static void begin(ByteBuffer x, int row, int end, int columns, int first, float[] largest, float[] found) {
        for (int r = row; r < end; r++) {
            float most = largest[r];
            for (int column = first; column < columns; column++) {
                most = Math.max(most, x.getFloat(4 * (r * columns + column)));
            }
            found[r] = most;
        }
    }

    /**
     * Multiplies a row's sum by what belongs to its new largest number, and replaces the numbers from a column on by their
     * powers, which are added to it.
     *
     * @param largest the largest ones before; gets the new ones
     * @param shrink has the new ones; gets the factors
     */
    static void powers(
            ByteBuffer x, int row, int end, int columns, int first, float[] largest, float[] sums, float[] shrink) {
        for (int r = row; r < end; r++) {
            float most = shrink[r];
            shrink[r] = most == largest[r] ? 1 : (float) Math.pow(2, largest[r] - most);
            largest[r] = most;
            float sum = 0;
            for (int column = first; column < columns; column++) {
                int at = 4 * (r * columns + column);
                float power = (float) Math.pow(2, x.getFloat(at) - most);
                x.putFloat(at, power);
                sum += power;
            }
            sums[r] = shrink[r] * sums[r] + sum;
        }
    }

    /** Adds the numbers of each row from a column on. */
    static void addRows(ByteBuffer x, int rows, int columns, int first, float[] sums) {
        for (int r = 0; r < rows; r++) {
            for (int column = first; column < columns; column++) {
                sums[r] += x.getFloat(4 * (r * columns + column));
            }
        }
    }

    static void scaleRow(ByteBuffer x, int xOffset, ByteBuffer y, int yOffset, int first, int columns, float factor) {
        for (int column = first; column < columns; column++) {
            y.putFloat(yOffset + 4 * column, factor * x.getFloat(xOffset + 4 * column));
        }
    }
}
