package org.diffusion4j.kernels;

import java.nio.ByteBuffer;

/**
 * Loops over float32 in native memory, in native byte order. A matrix is row-major: an image's positions are its rows
 * and the channels its columns. Offsets count bytes from a buffer's beginning, wherever its position is.
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
     * @param scale one per column
     * @param shift one per column
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
     * Copies a matrix, of which each side may be some columns of a wider one.
     *
     * @param x where from
     * @param xOffset where the first column begins
     * @param xColumns of the wider matrix
     * @param y where to
     * @param yOffset where the first column begins
     * @param yColumns of the wider matrix
     * @param rows of both
     * @param columns to copy
     */
    void copyColumns(
            ByteBuffer x, int xOffset, int xColumns, ByteBuffer y, int yOffset, int yColumns, int rows, int columns);

    /**
     * The first half of a norm's gradient: dz = dy·activation'(z) with z = x·scale + shift, and its sums over the rows.
     *
     * @param x the norm's operand
     * @param dy the gradient behind the activation
     * @param dz gets the gradient in front of it; may be dy
     * @param offset where each of the three begins
     * @param rows at least 1
     * @param columns at least 1
     * @param scale one per column
     * @param shift one per column
     * @param center one per column
     * @param activation what followed
     * @param sums gets the sum of dz for each column
     * @param products gets the sum of dz·(x - center) for each column
     */
    void normGradientSums(
            ByteBuffer x,
            ByteBuffer dy,
            ByteBuffer dz,
            int offset,
            int rows,
            int columns,
            float[] scale,
            float[] shift,
            float[] center,
            Activation activation,
            float[] sums,
            float[] products);

    /**
     * The second half of a norm's gradient: dx = dz·a + x·b + c, by column, plus another gradient of x.
     *
     * @param dz the gradient in front of the activation
     * @param x the norm's operand
     * @param other is added; null for nothing
     * @param dx gets the result; may be any of the others
     * @param offset where each of them begins
     * @param rows at least 1
     * @param columns at least 1
     * @param a one per column
     * @param b one per column
     * @param c one per column
     */
    void normGradient(
            ByteBuffer dz,
            ByteBuffer x,
            ByteBuffer other,
            ByteBuffer dx,
            int offset,
            int rows,
            int columns,
            float[] a,
            float[] b,
            float[] c);

    /**
     * The gradient of {@link #silu}: dx = dy·s·(1 + x·(1 - s)) with s = sigmoid(x).
     *
     * @param x silu's operand
     * @param dy the gradient of its result
     * @param dx gets the gradient of x; may be dy
     * @param length elements
     */
    void siluGradient(ByteBuffer x, ByteBuffer dy, ByteBuffer dx, int length);

    /**
     * The gradient of {@link #upsampleNearest}: the sum of each pixel's four.
     *
     * @param dy [2·height, 2·width, channels]
     * @param yOffset where it begins
     * @param dx gets [height, width, channels]
     * @param xOffset where it begins
     * @param height rows of dx
     * @param width columns of dx
     * @param channels of a pixel
     */
    void upsampleNearestGradient(
            ByteBuffer dy, int yOffset, ByteBuffer dx, int xOffset, int height, int width, int channels);

    /**
     * Whether the loops run by vectors: only then are Winograd's transforms worth it.
     *
     * @return true if they do
     */
    boolean areVectors();

    /**
     * Tiles of an image in Winograd's domain, Bᵀ·d·B of Lavin and Gray 2015 (arXiv:1509.09308) for F(4×4, 3×3): each 4×4
     * pixels of the result with the 6×6 around them, zero outside the image, become 36 numbers per channel.
     *
     * @param x [height, width, channels]
     * @param xOffset where it begins
     * @param height of the image
     * @param width of the image
     * @param channels a multiple of 16
     * @param fromRow the first row of tiles
     * @param toRow behind the last
     * @param v gets number n of tile t, counted from the first row's first, at n·plane + (tile + t)·channels
     * @param tile where the first goes
     * @param plane elements from one number to the next
     */
    void winogradInput(
            ByteBuffer x,
            int xOffset,
            int height,
            int width,
            int channels,
            int fromRow,
            int toRow,
            ByteBuffer v,
            int tile,
            int plane);

    /**
     * Rows of an image from its tiles in Winograd's domain, Aᵀ·m·A, plus bias and another image.
     *
     * @param m number n of tile t, counted from the first row's first, at n·plane + (tile + t)·channels
     * @param tile the first
     * @param plane elements from one number to the next
     * @param bias [channels]; null for none
     * @param residual another image, which begins where y does; null for none
     * @param y gets the rows of [height, width, channels]; may be the residual
     * @param yOffset where the image begins
     * @param height of the image
     * @param width of the image
     * @param channels a multiple of 16
     * @param fromRow the first row of tiles
     * @param toRow behind the last
     */
    void winogradOutput(
            ByteBuffer m,
            int tile,
            int plane,
            ByteBuffer bias,
            ByteBuffer residual,
            ByteBuffer y,
            int yOffset,
            int height,
            int width,
            int channels,
            int fromRow,
            int toRow);

    /**
     * A 3×3 convolution's weight in Winograd's domain, G·g·Gᵀ.
     *
     * @param weight [out, in, 3, 3]
     * @param out a multiple of 16
     * @param in a multiple of 16
     * @param backward whether the weight of the convolution's gradient is wanted: in and out swapped, turned by 180°
     * @param u gets [36, in, out], or backward [36, out, in]
     */
    void winogradWeight(ByteBuffer weight, int out, int in, boolean backward, ByteBuffer u);

    /**
     * The sum of the squares.
     *
     * @param x an array
     * @param from the first element
     * @param to behind the last
     * @return their sum, which depends on nothing but the elements and these bounds
     */
    double sumOfSquares(ByteBuffer x, int from, int to);

    /**
     * What one step of AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2) does to every element.
     *
     * @param gradientScale what the gradient is multiplied by first, for clipping
     * @param decay what the parameter is multiplied by: 1 - learning rate · weight decay
     * @param beta1 the share of the first moment that stays
     * @param beta2 the share of the second moment that stays
     * @param stepSize learning rate / (1 - beta1^t)
     * @param rootScale 1 / √(1 - beta2^t)
     * @param eps added to the root of the second moment
     * @param averageShare how much of the parameter enters its moving average: 1 - its decay
     */
    record AdamW(
            float gradientScale,
            float decay,
            float beta1,
            float beta2,
            float stepSize,
            float rootScale,
            float eps,
            float averageShare) {}

    /**
     * One step of AdamW and of the parameters' moving average.
     *
     * @param parameter is moved
     * @param gradient is set to zero
     * @param first moment
     * @param second moment
     * @param average of the parameter; null for none
     * @param from the first element
     * @param to behind the last
     * @param step how far
     */
    void adamW(
            ByteBuffer parameter,
            ByteBuffer gradient,
            ByteBuffer first,
            ByteBuffer second,
            ByteBuffer average,
            int from,
            int to,
            AdamW step);

    /**
     * The fastest that this JVM can run: by vectors where it was started with {@code --add-modules
     * jdk.incubator.vector}, else plain loops, which one line on the standard error stream then says, once.
     *
     * @return the kernels
     */
    static Kernels best() {
        return BestKernels.INSTANCE;
    }
}
