package org.diffusion4j.kernels;

import java.nio.ByteBuffer;

/**
 * Loops over float32 numbers in native memory, in native byte order. A matrix is row-major: its rows are an image's
 * positions, and its columns are the channels. Offsets count bytes from a buffer's beginning, independent of its position.
 */
public interface Kernels {
    /** The function that is applied to the result. */
    enum Activation {
        /** No function. */
        NONE,
        /** x·sigmoid(x). */
        SILU,
        /** max(x, 0). */
        RELU
    }

    /** The forms of GELU, x·Φ(x) with the normal distribution's Φ: Hendrycks and Gimpel 2016 (arXiv:1606.08415). */
    enum Gelu {
        /** Φ itself, to 1e-7. */
        ERF,
        /** ½·(1 + tanh(√(2/π)·(x + 0.044715x³))) for Φ. */
        TANH,
        /** sigmoid(1.702x) for Φ. */
        QUICK
    }

    /**
     * Sums each column after subtracting its first element, which avoids cancellation in both sums.
     *
     * @param x the matrix
     * @param offset where the matrix begins
     * @param rows at least 1
     * @param columns at least 1
     * @param sums gets the sum of x - x[0] for each column
     * @param squares gets the sum of (x - x[0])² for each column
     */
    void columnSums(ByteBuffer x, int offset, int rows, int columns, float[] sums, float[] squares);

    /**
     * y = activation(x·scale + shift), with one scale and shift per column.
     *
     * @param x the matrix
     * @param xOffset where x begins
     * @param y gets the result; may be x
     * @param yOffset where y begins
     * @param rows at least 1
     * @param columns at least 1
     * @param scale one per column
     * @param shift one per column
     * @param activation the function that is applied last
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
     * @param b an array of the same length
     * @param y gets the result; may be a or b
     * @param length the number of elements
     */
    void add(ByteBuffer a, ByteBuffer b, ByteBuffer y, int length);

    /**
     * y = x·sigmoid(x).
     *
     * @param x an array
     * @param y gets the result; may be x
     * @param length the number of elements
     */
    void silu(ByteBuffer x, ByteBuffer y, int length);

    /**
     * y = gelu(x).
     *
     * @param form which gelu
     * @param x an array
     * @param y gets the result; may be x
     * @param length the number of elements
     */
    void gelu(Gelu form, ByteBuffer x, ByteBuffer y, int length);

    /**
     * The gradient of {@link #gelu}.
     *
     * @param form which gelu
     * @param x gelu's operand
     * @param dy the gradient of its result
     * @param dx gets the gradient of x; may be dy
     * @param length the number of elements
     */
    void geluGradient(Gelu form, ByteBuffer x, ByteBuffer dy, ByteBuffer dx, int length);

    /**
     * y = value·gelu(gate), where a row of x is a value and then its gate.
     *
     * @param form which gelu
     * @param x a matrix of twice as many columns
     * @param y gets the result
     * @param rows the rows of both
     * @param columns the columns of y
     */
    void gatedGelu(Gelu form, ByteBuffer x, ByteBuffer y, int rows, int columns);

    /**
     * The gradient of {@link #gatedGelu}.
     *
     * @param form which gelu
     * @param x its operand
     * @param dy the gradient of its result
     * @param dx gets the gradient of x; may be x
     * @param rows the rows of all
     * @param columns the columns of dy
     */
    void gatedGeluGradient(Gelu form, ByteBuffer x, ByteBuffer dy, ByteBuffer dx, int rows, int columns);

    /**
     * Doubles height and width: each pixel is written four times.
     *
     * @param x [height, width, channels]
     * @param xOffset where x begins
     * @param y gets [2·height, 2·width, channels]
     * @param yOffset where y begins
     * @param height rows of x
     * @param width columns of x
     * @param channels the channels of a pixel
     */
    void upsampleNearest(ByteBuffer x, int xOffset, ByteBuffer y, int yOffset, int height, int width, int channels);

    /**
     * Copies a matrix. Source and target may each be some columns of a wider matrix.
     *
     * @param x the source
     * @param xOffset where the first copied column begins in x
     * @param xColumns the columns of the wider matrix in x
     * @param y the target
     * @param yOffset where the first copied column begins in y
     * @param yColumns the columns of the wider matrix in y
     * @param rows the rows of both
     * @param columns how many columns are copied
     */
    void copyColumns(
            ByteBuffer x, int xOffset, int xColumns, ByteBuffer y, int yOffset, int yColumns, int rows, int columns);

    /**
     * The first half of a norm's gradient: dz = dy·activation'(z) with z = x·scale + shift, and its sums over the rows.
     *
     * @param x the norm's operand
     * @param dy the gradient of the activation's result
     * @param dz gets the gradient of the activation's operand; may be dy
     * @param offset where each of the three matrices begins
     * @param rows at least 1
     * @param columns at least 1
     * @param scale one per column
     * @param shift one per column
     * @param center one per column
     * @param activation the function that followed the norm
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
     * The second half of a norm's gradient: dx = dz·a + x·b + c, with one a, b and c per column, plus another gradient of x.
     *
     * @param dz the gradient of the activation's operand
     * @param x the norm's operand
     * @param other the gradient that is added; null for none
     * @param dx gets the result; may be any of the other arrays
     * @param offset where each of the matrices begins
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
     * @param length the number of elements
     */
    void siluGradient(ByteBuffer x, ByteBuffer dy, ByteBuffer dx, int length);

    /**
     * The gradient of {@link #upsampleNearest}: each pixel gets the sum of the four that were made from it.
     *
     * @param dy [2·height, 2·width, channels]
     * @param yOffset where y begins
     * @param dx gets [height, width, channels]
     * @param xOffset where x begins
     * @param height rows of dx
     * @param width columns of dx
     * @param channels the channels of a pixel
     */
    void upsampleNearestGradient(
            ByteBuffer dy, int yOffset, ByteBuffer dx, int xOffset, int height, int width, int channels);

    /**
     * A piece of a softmax of base 2 whose rows come piece by piece (Milakov and Gimelshein 2018, arXiv:1805.02867): each
     * number becomes 2^(x - m), where m is the largest number of its row so far. All that was made of earlier pieces has to
     * be multiplied by 2^(the m before - m). In the end, the softmax is what there is, divided by the row's sum.
     *
     * @param x some columns of the rows, which are a matrix by themselves; gets the powers
     * @param rows at least 1
     * @param columns at least 1
     * @param largest the largest number of each row before, {@code -Float.MAX_VALUE} at the beginning; gets the new ones
     * @param sums the sum of each row before, 0 at the beginning; gets the new ones
     * @param shrink gets the factor for what was made before, one per row
     */
    void softmaxPiece(ByteBuffer x, int rows, int columns, float[] largest, float[] sums, float[] shrink);

    /**
     * Adds the numbers of each row to its sum.
     *
     * @param x a matrix
     * @param rows at least 1
     * @param columns at least 1
     * @param sums the sum of each row before; gets the new ones
     */
    void addRows(ByteBuffer x, int rows, int columns, float[] sums);

    /**
     * y = x·factor, with one factor per row. Both may be some columns of a wider matrix.
     *
     * @param x the source, from its beginning
     * @param xColumns the columns of the wider matrix in x
     * @param y gets the result; may be x, if it has the same place
     * @param yOffset where y begins
     * @param yColumns the columns of the wider matrix in y
     * @param rows the rows of both
     * @param columns how many columns are multiplied
     * @param factors one per row
     */
    void scaleRows(
            ByteBuffer x,
            int xColumns,
            ByteBuffer y,
            int yOffset,
            int yColumns,
            int rows,
            int columns,
            float[] factors);

    /**
     * Whether the loops use vector instructions. Winograd's transforms are worth it only then.
     *
     * @return true if they do
     */
    boolean areVectors();

    /**
     * Transforms tiles of an image to Winograd's domain.
     *
     * @param form what becomes of a tile
     * @param x [height, width, channels]
     * @param xOffset where x begins
     * @param rows the rows of tiles of x
     * @param v gets their numbers; number i·n + j is the i-th down and the j-th across of n
     */
    void winogradInput(WinogradForm form, ByteBuffer x, int xOffset, TileRows rows, ByteBuffer v);

    /**
     * Transforms tiles from Winograd's domain to rows of an image, and adds a bias and another image.
     *
     * @param form what becomes a tile
     * @param m has the products of the tiles
     * @param rows the rows of tiles of y
     * @param bias [channels]; null for none
     * @param residual the image that is added, which begins at the same offset as y; null for none
     * @param y gets the rows of [height, width, channels]; may be the residual
     * @param yOffset where the image begins
     */
    void winogradOutput(
            WinogradForm form,
            ByteBuffer m,
            TileRows rows,
            ByteBuffer bias,
            ByteBuffer residual,
            ByteBuffer y,
            int yOffset);

    /**
     * Transforms a 3×3 convolution's weight to Winograd's domain.
     *
     * @param form which products are made with it
     * @param weight [out, in, 3, 3]
     * @param out a multiple of 16
     * @param in a multiple of 16
     * @param backward whether the result is the weight for the convolution's gradient, with in and out swapped and the
     *     kernel turned by 180°; not of {@link WinogradForm#UPSAMPLED}
     * @param u gets [products, in, out], or [products, out, in] if backward
     * @throws IllegalArgumentException if the form has no such gradient
     */
    void winogradWeight(WinogradForm form, ByteBuffer weight, int out, int in, boolean backward, ByteBuffer u);

    /**
     * Transforms tiles of the gradient of a convolution's result for the gradient of its weight, A·d·Aᵀ, the transpose of
     * {@link #winogradOutput}.
     *
     * @param dy [height, width, channels]
     * @param yOffset where dy begins
     * @param rows the rows of tiles of dy
     * @param u gets the numbers like those of {@link #winogradInput} for {@link WinogradForm#PLAIN}
     */
    void winogradOutputGradient(ByteBuffer dy, int yOffset, TileRows rows, ByteBuffer u);

    /**
     * Transforms the gradient of a 3×3 convolution's weight from Winograd's domain, Gᵀ·m·G, the transpose of {@link
     * #winogradWeight}.
     *
     * @param m [36, out, in]
     * @param out the channels of the result
     * @param in a multiple of 16
     * @param gradient gets [out, in, 3, 3]
     */
    void winogradWeightGradient(ByteBuffer m, int out, int in, ByteBuffer gradient);

    /**
     * Sums the squares of some elements.
     *
     * @param x an array
     * @param from the first element
     * @param to one more than the last element
     * @return the sum, which depends only on the elements and these bounds
     */
    double sumOfSquares(ByteBuffer x, int from, int to);

    /**
     * The numbers of one step of AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2), the same for all elements.
     *
     * @param gradientScale what the gradient is multiplied by first, for clipping
     * @param decay what the parameter is multiplied by: 1 - learning rate · weight decay
     * @param beta1 the share of the first moment that is kept
     * @param beta2 the share of the second moment that is kept
     * @param stepSize learning rate / (1 - beta1^t)
     * @param rootScale 1 / √(1 - beta2^t)
     * @param eps added to the root of the second moment
     * @param averageShare the share of the parameter in its new moving average: 1 - the average's decay
     */
    record AdamWStep(
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
     * @param parameter is changed by the step
     * @param gradient is set to zero
     * @param first the first moment
     * @param second the second moment
     * @param average the moving average of the parameter; null for none
     * @param from the first element
     * @param to one more than the last element
     * @param step the numbers of the step
     */
    void adamW(
            ByteBuffer parameter,
            ByteBuffer gradient,
            ByteBuffer first,
            ByteBuffer second,
            ByteBuffer average,
            int from,
            int to,
            AdamWStep step);

    /**
     * The fastest kernels that this JVM can run. They use vector instructions if it was started with {@code --add-modules
     * jdk.incubator.vector}; otherwise they are plain loops, which is reported once, by one line on the standard error
     * stream.
     *
     * @return the kernels
     */
    static Kernels best() {
        return BestKernels.INSTANCE;
    }
}
