package org.diffusion4j.kernels;

import java.nio.ByteBuffer;

/**
 * Loops over float32 in native memory, in native byte order. A matrix is row-major: an image's positions are its rows
 * and the channels its columns. Offsets count bytes.
 */
public interface Kernels {
    /** What becomes of a value at the end. */
    enum Activation {
        /** Nothing. */
        NONE,
        /** x·sigmoid(x). */
        SILU,
        /** max(x, 0). */
        RELU
    }

    /**
     * Sums over the rows of each column, less the first row, which keeps both free of cancellation.
     *
     * @param x the matrix
     * @param offset where it begins
     * @param rows at least 1
     * @param columns at least 1
     * @param sums gets the sum of x - x[0] for each column
     * @param squares gets the sum of (x - x[0])² for each column
     */
    void columnSums(ByteBuffer x, int offset, int rows, int columns, float[] sums, float[] squares);

    /**
     * y = activation(x·scale + shift), scale and shift by column.
     *
     * @param x the matrix
     * @param xOffset where it begins
     * @param y gets the result; may be x
     * @param yOffset where it begins
     * @param rows at least 1
     * @param columns at least 1
     * @param scale one a column
     * @param shift one a column
     * @param activation the last step
     */
    void affine(
            ByteBuffer x,
            int xOffset,
            ByteBuffer y,
            int yOffset,
            int rows,
            int columns,
            float[] scale,
            float[] shift,
            Activation activation);

    /**
     * y = a + b.
     *
     * @param a an array
     * @param b an array as long
     * @param y gets the result; may be either
     * @param length elements
     */
    void add(ByteBuffer a, ByteBuffer b, ByteBuffer y, int length);

    /**
     * y = x·sigmoid(x).
     *
     * @param x an array
     * @param y gets the result; may be x
     * @param length elements
     */
    void silu(ByteBuffer x, ByteBuffer y, int length);

    /**
     * Each pixel four times: twice the height and width.
     *
     * @param x [height, width, channels]
     * @param xOffset where it begins
     * @param y gets [2·height, 2·width, channels]
     * @param yOffset where it begins
     * @param height rows of x
     * @param width columns of x
     * @param channels of a pixel
     */
    void upsampleNearest(ByteBuffer x, int xOffset, ByteBuffer y, int yOffset, int height, int width, int channels);

    /**
     * Copies a matrix into columns of a wider one.
     *
     * @param x the matrix
     * @param xOffset where it begins
     * @param y gets the columns
     * @param yOffset where the first of them begins
     * @param rows of both
     * @param columns of x
     * @param yColumns of y
     */
    void copyColumns(ByteBuffer x, int xOffset, ByteBuffer y, int yOffset, int rows, int columns, int yColumns);

    /**
     * The fastest that this JVM can run: by vectors where it was started with {@code --add-modules
     * jdk.incubator.vector} and its vector API is that of Java 17, else plain loops.
     *
     * @return the kernels
     */
    static Kernels best() {
        return BestKernels.INSTANCE;
    }
}
