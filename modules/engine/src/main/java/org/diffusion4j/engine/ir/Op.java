package org.diffusion4j.engine.ir;

import org.diffusion4j.kernels.Kernels;

/** What a node does. The first family is SameDiff's own ops, the second what passes fuse them into. */
public sealed interface Op {
    // As SameDiff has them -------------------------------------------------------------------------------------------

    /** The same elements in another shape. */
    record Reshape() implements Op {}

    /**
     * Other order of dimensions.
     *
     * @param order dimension i of the result is dimension order[i] of the operand
     */
    record Permute(int... order) implements Op {}

    /**
     * Two operands, broadcast to one shape.
     *
     * @param kind which
     */
    record Binary(Binary.Kind kind) implements Op {
        /** Which function of two. */
        public enum Kind {
            /** a + b. */
            ADD,
            /** a - b. */
            SUBTRACT,
            /** a·b. */
            MULTIPLY,
            /** a / b. */
            DIVIDE
        }
    }

    /**
     * One operand, element by element.
     *
     * @param kind which
     * @param scalar the number in {@code x + scalar} and its like; else 0
     */
    record Unary(Unary.Kind kind, double scalar) implements Op {
        /** Which function. */
        public enum Kind {
            /** The same number, in another type. */
            CAST,
            /** x + scalar. */
            ADD,
            /** x·scalar. */
            MULTIPLY,
            /** x / scalar. */
            DIVIDE,
            /** 1 / (1 + e^-x). */
            SIGMOID,
            /** max(x, 0). */
            RELU,
            /** The hyperbolic tangent. */
            TANH,
            /** The error function. */
            ERF,
            /** log(1 + e^x). */
            SOFTPLUS,
            /** x². */
            SQUARE,
            /** √x. */
            SQRT,
            /** The sine. */
            SIN,
            /** The cosine. */
            COS,
            /** The natural logarithm. */
            LOG
        }
    }

    /**
     * The mean over dimensions, which stay with size 1.
     *
     * @param dimensions which
     */
    record Mean(int... dimensions) implements Op {}

    /** Softmax over the last dimension. */
    record Softmax() implements Op {}

    /**
     * The matrix product over the last two dimensions.
     *
     * @param transposeA whether the first operand's are swapped
     * @param transposeB whether the second's are
     */
    record MatrixProduct(boolean transposeA, boolean transposeB) implements Op {}

    /**
     * Operands behind each other.
     *
     * @param axis along which dimension
     */
    record Concat(int axis) implements Op {}

    /**
     * A part with every element from begin on.
     *
     * @param begin the first index in each dimension
     */
    record Slice(long... begin) implements Op {}

    /**
     * Repeated.
     *
     * @param times in each dimension
     */
    record Tile(int... times) implements Op {}

    /** A row of zeros with a one at the index. */
    record OneHot() implements Op {}

    /**
     * Zeros in front of and behind each dimension.
     *
     * @param front in front, one a dimension
     */
    record Pad(int... front) implements Op {}

    /**
     * 2×2 pooling of stride 2.
     *
     * @param max whether the largest is taken, else the mean
     */
    record Pool(boolean max) implements Op {}

    /** Each pixel four times. */
    record UpsampleNearest() implements Op {}

    /**
     * A convolution: operands x [N, C, H, W], weight and bias or null. SameDiff's weight is [kH, kW, C, O]; a fused one is
     * the parameter itself, [O, C, kH, kW], and a third operand, if any, is added to the result.
     *
     * @param stride in both directions
     * @param top rows of zeros above
     * @param left columns of zeros
     * @param bottom rows of zeros below
     * @param right columns of zeros
     * @param fused whether the weight is a parameter in PyTorch's layout
     */
    record Convolution(int stride, int top, int left, int bottom, int right, boolean fused) implements Op {}

    /**
     * A transposed convolution, weight [kH, kW, O, C].
     *
     * @param stride in both directions
     * @param padding cut off on each side
     */
    record TransposedConvolution(int stride, int padding) implements Op {}

    // What passes make -----------------------------------------------------------------------------------------------

    /**
     * Group norm and what surrounds it: operands x, weight, bias (parameters [C] or null), an embedding that is added to x
     * first, [N, C, 1, 1] or null, and a scale and shift of the result, likewise.
     *
     * @param groups of channels
     * @param eps added to the variance
     * @param activation of the result
     */
    record GroupNorm(int groups, double eps, Kernels.Activation activation) implements Op {}

    /** x·sigmoid(x). */
    record Silu() implements Op {}

    /** x·Wᵀ + b: operands x [rows, in], weight [out, in] (a parameter), bias [out] or null. */
    record Linear() implements Op {}

    /** An image [N, C, H, W] as a sequence [N, H·W, C]. */
    record ToSequence() implements Op {}

    /** A sequence [N, H·W, C] as an image [N, C, H, W]. */
    record ToImage() implements Op {}

    /**
     * softmax(q·kᵀ·scale)·v over heads: operands [N, S, heads·d], [N, L, heads·d] twice.
     *
     * @param heads how many
     * @param scale of the scores
     */
    record Attention(int heads, double scale) implements Op {}
}
