package org.diffusion4j.engine.ir;

/** Images of other sizes. */
public sealed interface ResamplingOp extends Op {
    // Forward --------------------------------------------------------------------------------------------------------

    /**
     * 2×2 pooling of stride 2.
     *
     * @param x [N, C, H, W]
     * @param max whether the largest is taken, else the mean
     */
    record Pool(Value x, boolean max) implements ResamplingOp {}

    /**
     * Each pixel four times.
     *
     * @param x [N, C, H, W]
     */
    record UpsampleNearest(Value x) implements ResamplingOp {}

    // Backward -------------------------------------------------------------------------------------------------------

    /**
     * dx.
     *
     * @param x the operand
     * @param dy of the result
     * @param max whether the largest was taken, else the mean
     */
    record PoolGradient(Value x, Value dy, boolean max) implements ResamplingOp {}

    /**
     * dx: the sum of each pixel's four.
     *
     * @param dy of the result
     */
    record UpsampleNearestGradient(Value dy) implements ResamplingOp {}
}
