package org.diffusion4j.engine.ir;

import org.diffusion4j.kernels.Kernels;

/** Group norm and layer norm together with the ops around them, which rewrites make. */
public sealed interface NormOp extends Op {
    // Forward --------------------------------------------------------------------------------------------------------

    /**
     * activation((norm(x + embedding)·weight + bias)·scale + shift).
     *
     * @param x [N, C, H, W]
     * @param weight [C], a parameter, or null
     * @param bias [C], a parameter, or null
     * @param embedding what is added to x first, [N, C, 1, 1], or null
     * @param scale the scale of the result, [N, C, 1, 1], or null
     * @param shift the shift of the result, [N, C, 1, 1], or null
     * @param grouping the groups and the activation
     * @param kept the numbers that the backward pass reads, [N, 5, C], or null
     */
    record GroupNorm(
            Value x,
            Value weight,
            Value bias,
            Value embedding,
            Value scale,
            Value shift,
            Grouping grouping,
            @Made Value kept)
            implements NormOp {
        /**
         * A norm without anything around it.
         *
         * @param x [N, C, H, W]
         * @param grouping the groups
         */
        public GroupNorm(Value x, Grouping grouping) {
            this(x, null, null, null, null, null, grouping, null);
        }

        /**
         * The same norm of another operand, to which an embedding is added first.
         *
         * @param of the operand, [N, C, H, W]
         * @param added the embedding, [N, C, 1, 1]
         * @return a new op
         */
        public GroupNorm withEmbedding(Value of, Value added) {
            return new GroupNorm(of, weight, bias, added, scale, shift, grouping, kept);
        }

        /**
         * The same norm with a weight.
         *
         * @param given [C]
         * @return a new op
         */
        public GroupNorm withWeight(Value given) {
            return new GroupNorm(x, given, bias, embedding, scale, shift, grouping, kept);
        }

        /**
         * The same norm with a bias.
         *
         * @param given [C]
         * @return a new op
         */
        public GroupNorm withBias(Value given) {
            return new GroupNorm(x, weight, given, embedding, scale, shift, grouping, kept);
        }

        /**
         * The same norm with a scale.
         *
         * @param given [N, C, 1, 1]
         * @return a new op
         */
        public GroupNorm withScale(Value given) {
            return new GroupNorm(x, weight, bias, embedding, given, shift, grouping, kept);
        }

        /**
         * The same norm with a shift.
         *
         * @param given [N, C, 1, 1]
         * @return a new op
         */
        public GroupNorm withShift(Value given) {
            return new GroupNorm(x, weight, bias, embedding, scale, given, grouping, kept);
        }

        /**
         * The same norm with an activation after it.
         *
         * @param activation the activation
         * @return a new op
         */
        public GroupNorm withActivation(Kernels.Activation activation) {
            Grouping active = new Grouping(grouping.groups, grouping.eps, activation);
            return new GroupNorm(x, weight, bias, embedding, scale, shift, active, kept);
        }

        /**
         * The same norm, but with the numbers kept that the backward pass reads.
         *
         * @param result gets these numbers
         * @return a new op
         */
        public GroupNorm withKept(Value result) {
            return new GroupNorm(x, weight, bias, embedding, scale, shift, grouping, result);
        }
    }

    /**
     * The settings of a norm.
     *
     * @param groups the number of groups of channels
     * @param eps added to the variance
     * @param activation the activation that is applied to the result
     */
    record Grouping(int groups, double eps, Kernels.Activation activation) {}

    /**
     * norm(x)·weight + bias, where each row along the last dimension is normalised.
     *
     * @param x [..., C]
     * @param weight [C], a parameter, or null
     * @param bias [C], a parameter, or null
     * @param eps added to the variance
     * @param mean the mean of each row, which the backward pass reads, [rows], or null
     * @param variance the variance of each row, which the backward pass reads, [rows], or null
     */
    record LayerNorm(Value x, Value weight, Value bias, double eps, @Made Value mean, @Made Value variance)
            implements NormOp {
        /**
         * A norm without weight and bias.
         *
         * @param x [..., C]
         * @param eps added to the variance
         */
        public LayerNorm(Value x, double eps) {
            this(x, null, null, eps, null, null);
        }

        /**
         * The same norm with a weight.
         *
         * @param given [C]
         * @return a new op
         */
        public LayerNorm withWeight(Value given) {
            return new LayerNorm(x, given, bias, eps, mean, variance);
        }

        /**
         * The same norm with a bias.
         *
         * @param given [C]
         * @return a new op
         */
        public LayerNorm withBias(Value given) {
            return new LayerNorm(x, weight, given, eps, mean, variance);
        }

        /**
         * The same norm, but with the numbers kept that the backward pass reads.
         *
         * @param means gets the mean of each row
         * @param variances gets the variance of each row
         * @return a new op
         */
        public LayerNorm withKept(Value means, Value variances) {
            return new LayerNorm(x, weight, bias, eps, means, variances);
        }
    }

    // Backward -------------------------------------------------------------------------------------------------------

    /**
     * Computes the norm's result once more, which is cheaper than keeping it.
     *
     * @param x the norm's operand
     * @param kept the numbers that the norm kept
     * @param grouping the norm's settings
     */
    record GroupNormAgain(Value x, Value kept, Grouping grouping) implements NormOp {}

    /**
     * dx, and the gradients of embedding, scale and shift. The gradients of weight and bias are added to the parameters' gradients.
     *
     * @param forward the norm
     * @param dy the gradient of its result
     * @param other another gradient of x, which is added to dx; or null
     * @param dEmbedding the gradient of the embedding; null if it isn't needed
     * @param dScale the gradient of the scale; null if it isn't needed
     * @param dShift the gradient of the shift; null if it isn't needed
     */
    record GroupNormGradient(
            GroupNorm forward, Value dy, Value other, @Made Value dEmbedding, @Made Value dScale, @Made Value dShift)
            implements NormOp {}

    /**
     * dx. The gradients of weight and bias are added to the parameters' gradients.
     *
     * @param forward the norm
     * @param dy the gradient of its result
     */
    record LayerNormGradient(LayerNorm forward, Value dy) implements NormOp {}
}
