package org.diffusion4j.engine.ir;

import org.diffusion4j.kernels.Kernels;

/** Group norm with what surrounds it; made by rewrites. */
public sealed interface NormOp extends Op {
    // Forward --------------------------------------------------------------------------------------------------------

    /**
     * activation(norm(x + embedding)·weight + bias, then ·scale + shift).
     *
     * @param x [N, C, H, W]
     * @param weight [C], a parameter, or null
     * @param bias [C], a parameter, or null
     * @param embedding added to x first, [N, C, 1, 1], or null
     * @param scale of the result, [N, C, 1, 1], or null
     * @param shift of the result, [N, C, 1, 1], or null
     * @param grouping over what, and what follows
     * @param kept what the backward pass reads, [N, 5, C], or null
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
         * @param grouping over what
         */
        public GroupNorm(Value x, Grouping grouping) {
            this(x, null, null, null, null, null, grouping, null);
        }

        /**
         * The same of something else, to which an embedding is added first.
         *
         * @param of [N, C, H, W]
         * @param added [N, C, 1, 1]
         * @return another op
         */
        public GroupNorm withEmbedding(Value of, Value added) {
            return new GroupNorm(of, weight, bias, added, scale, shift, grouping, kept);
        }

        /**
         * The same with a weight.
         *
         * @param given [C]
         * @return another op
         */
        public GroupNorm withWeight(Value given) {
            return new GroupNorm(x, given, bias, embedding, scale, shift, grouping, kept);
        }

        /**
         * The same with a bias.
         *
         * @param given [C]
         * @return another op
         */
        public GroupNorm withBias(Value given) {
            return new GroupNorm(x, weight, given, embedding, scale, shift, grouping, kept);
        }

        /**
         * The same with a scale.
         *
         * @param given [N, C, 1, 1]
         * @return another op
         */
        public GroupNorm withScale(Value given) {
            return new GroupNorm(x, weight, bias, embedding, given, shift, grouping, kept);
        }

        /**
         * The same with a shift.
         *
         * @param given [N, C, 1, 1]
         * @return another op
         */
        public GroupNorm withShift(Value given) {
            return new GroupNorm(x, weight, bias, embedding, scale, given, grouping, kept);
        }

        /**
         * The same with an activation behind it.
         *
         * @param activation which
         * @return another op
         */
        public GroupNorm withActivation(Kernels.Activation activation) {
            Grouping active = new Grouping(grouping.groups, grouping.eps, activation);
            return new GroupNorm(x, weight, bias, embedding, scale, shift, active, kept);
        }

        /**
         * The same, but what the backward pass reads is kept.
         *
         * @param result gets it
         * @return another op
         */
        public GroupNorm withKept(Value result) {
            return new GroupNorm(x, weight, bias, embedding, scale, shift, grouping, result);
        }
    }

    /**
     * A norm's numbers.
     *
     * @param groups of channels
     * @param eps added to the variance
     * @param activation of the result
     */
    record Grouping(int groups, double eps, Kernels.Activation activation) {}

    // Backward -------------------------------------------------------------------------------------------------------

    /**
     * The norm's result once more: cheaper to compute than to keep.
     *
     * @param x the norm's operand
     * @param kept by the norm
     * @param grouping the norm's
     */
    record GroupNormAgain(Value x, Value kept, Grouping grouping) implements NormOp {}

    /**
     * dx, and the gradients of embedding, scale and shift. Weight and bias go into the gradients.
     *
     * @param forward the norm
     * @param dy of its result
     * @param other another gradient of x, which is added to dx; or null
     * @param dEmbedding null where nobody wants it
     * @param dScale null where nobody wants it
     * @param dShift null where nobody wants it
     */
    record GroupNormGradient(
            GroupNorm forward, Value dy, Value other, @Made Value dEmbedding, @Made Value dScale, @Made Value dShift)
            implements NormOp {}
}
