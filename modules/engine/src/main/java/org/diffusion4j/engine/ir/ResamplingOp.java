package org.diffusion4j.engine.ir;

/** Ops that change the size of images. */
public sealed interface ResamplingOp extends Op {
    // Forward --------------------------------------------------------------------------------------------------------

    /**
     * 2×2 pooling of stride 2.
     *
     * @param x [N, C, H, W]
     * @param max true for the largest number, false for the mean
     */
    record Pool(Value x, boolean max) implements ResamplingOp {}

    /**
     * Doubles height and width: each pixel is repeated four times.
     *
     * @param x [N, C, H, W]
     */
    record UpsampleNearest(Value x) implements ResamplingOp {}

    // Backward -------------------------------------------------------------------------------------------------------

    /**
     * dx.
     *
     * @param x the operand
     * @param dy the gradient of the result
     * @param max true for the largest number, false for the mean
     */
    record PoolGradient(Value x, Value dy, boolean max) implements ResamplingOp {}

    /**
     * dx: each pixel gets the sum of the four that were made from it.
     *
     * @param dy the gradient of the result
     */
    record UpsampleNearestGradient(Value dy) implements ResamplingOp {}
}
