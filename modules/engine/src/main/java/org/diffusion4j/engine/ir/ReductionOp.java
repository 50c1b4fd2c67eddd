package org.diffusion4j.engine.ir;

/** Ops that reduce whole dimensions. */
public sealed interface ReductionOp extends Op {
    // Forward --------------------------------------------------------------------------------------------------------

    /**
     * The mean over dimensions, which are kept with size 1.
     *
     * @param x any shape
     * @param dimensions the dimensions
     */
    record Mean(Value x, int... dimensions) implements ReductionOp {}

    /**
     * Softmax over the last dimension.
     *
     * @param x any shape
     */
    record Softmax(Value x) implements ReductionOp {}

    // Backward -------------------------------------------------------------------------------------------------------

    /**
     * dx.
     *
     * @param y the softmax
     * @param dy the gradient of the result
     */
    record SoftmaxGradient(Value y, Value dy) implements ReductionOp {}

    /**
     * The sum over the dimensions in which the result has size 1 or which it lacks. It undoes a broadcast.
     *
     * @param x any shape
     */
    record SumTo(Value x) implements ReductionOp {}
}
