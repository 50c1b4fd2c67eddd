package org.diffusion4j.engine.ir;

import java.util.List;
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
            LOG,
            /** The largest integer that isn't above x. */
            FLOOR,
            /** x without its fraction. */
            TRUNCATE,
            /** 1 where x ≥ scalar, else 0. */
            AT_LEAST
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
     * A transposed convolution: SameDiff's weight is [kH, kW, O, C], a fused one is the parameter itself, [C, O, kH, kW].
     *
     * @param stride in both directions
     * @param padding cut off on each side
     * @param fused whether the weight is a parameter in PyTorch's layout
     */
    record TransposedConvolution(int stride, int padding, boolean fused) implements Op {}

    // What passes make -----------------------------------------------------------------------------------------------

    /**
     * Group norm and what surrounds it: operands x, weight, bias (parameters [C] or null), an embedding that is added to x
     * first, [N, C, 1, 1] or null, and a scale and shift of the result, likewise. A second result, where it is wanted, is
     * what the backward pass needs: [N, 5, C].
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
     * softmax(q·kᵀ·scale)·v over heads: operands [N, S, heads·d], [N, L, heads·d] twice. A second result, where it is
     * wanted, is the softmax, [N, heads, S, L].
     *
     * @param heads how many
     * @param scale of the scores
     */
    record Attention(int heads, double scale) implements Op {}

    /**
     * Zero for a share of the elements, the others divided by 1 - share: operands x [N, ...] and a phase of each image,
     * [N, 1], in double precision. An element is dropped if a hash is below the share: first h = fraction(position·step +
     * phase), the position being the element's in its image, row-major; then h = fraction((h + left)·(h + right)·scale) in
     * each round.
     *
     * @param share dropped
     * @param step from one position to the next
     * @param rounds of the hash
     */
    record Dropout(double share, double step, List<Round> rounds) implements Op {
        /** Copies the rounds. */
        public Dropout {
            rounds = List.copyOf(rounds);
        }

        /**
         * A round of the hash.
         *
         * @param left added on the left
         * @param right added on the right
         * @param scale of the product
         */
        public record Round(double left, double right, double scale) {}
    }

    // The backward pass ----------------------------------------------------------------------------------------------
    // dy is the gradient of an op's result, dx that of its operand. "Into the gradients" is what has no result: it is
    // added
    // to the flat buffer of the parameters' gradients.

    /**
     * dx from dy and the weight.
     *
     * @param forward the convolution
     */
    record ConvolutionData(Convolution forward) implements Op {}

    /**
     * Into the gradients of weight and bias, the last two operands, null where there is none, from x and dy.
     *
     * @param forward the convolution
     * @param weightShape the weight's
     */
    record ConvolutionWeights(Convolution forward, long... weightShape) implements Op {}

    /**
     * dx from dy and the weight.
     *
     * @param forward the transposed convolution
     */
    record TransposedConvolutionData(TransposedConvolution forward) implements Op {}

    /**
     * Into the gradient of the weight, the last operand, from x and dy.
     *
     * @param forward the transposed convolution
     */
    record TransposedConvolutionWeights(TransposedConvolution forward) implements Op {}

    /**
     * Operands: those of the norm, its second result, dy and another gradient of x, or null, that is added. Results: dx,
     * and the gradients of the embedding, the scale and the shift, null where there is none. Weight and bias go into the
     * gradients.
     *
     * @param forward the norm
     */
    record GroupNormGradient(GroupNorm forward) implements Op {}

    /**
     * The norm's result once more, from its operand and its second result: cheaper to compute than to keep.
     *
     * @param forward the norm
     */
    record GroupNormAgain(GroupNorm forward) implements Op {}

    /** dx from x and dy. */
    record SiluGradient() implements Op {}

    /** dx = dy·W from dy [rows, out] and W [out, in]. */
    record LinearData() implements Op {}

    /** Into the gradients of weight and bias, the last two operands, null where there is none, from x and dy. */
    record LinearWeights() implements Op {}

    /**
     * Operands q, k, v, the softmax and dy; results dq, dk, dv.
     *
     * @param forward the attention
     */
    record AttentionGradient(Attention forward) implements Op {}

    /** dx from the softmax and dy. */
    record SoftmaxGradient() implements Op {}

    /**
     * dx from x, the function's result and dy.
     *
     * @param forward the function
     */
    record UnaryGradient(Unary forward) implements Op {}

    /**
     * dx from x and dy.
     *
     * @param max whether the largest was taken, else the mean
     */
    record PoolGradient(boolean max) implements Op {}

    /** dx from dy: the sum of each pixel's four. */
    record UpsampleNearestGradient() implements Op {}

    /** The sum over the dimensions in which the result has size 1 or which it lacks: what undoes a broadcast. */
    record SumTo() implements Op {}

    /** The first operand into the gradient of the second, a parameter. */
    record Accumulate() implements Op {}
}
