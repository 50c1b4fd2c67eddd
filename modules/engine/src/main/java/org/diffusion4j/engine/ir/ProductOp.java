package org.diffusion4j.engine.ir;

/** Products of matrices. */
public sealed interface ProductOp extends Op {
    // Forward --------------------------------------------------------------------------------------------------------

    /**
     * The matrix product over the last two dimensions.
     *
     * @param left the first factor
     * @param right the second, of as many dimensions
     * @param transposeLeft whether the first factor's last two are swapped
     * @param transposeRight whether the second's are
     */
    record MatrixProduct(Value left, Value right, boolean transposeLeft, boolean transposeRight) implements ProductOp {}

    /**
     * A row of zeros with a one at the index: times a table it is the table's row.
     *
     * @param indices whole numbers
     */
    record OneHot(Value indices) implements ProductOp {}

    /**
     * x·Wᵀ + b; made by a rewrite.
     *
     * @param x [rows, in]
     * @param weight [out, in], a parameter
     * @param bias [out], a parameter, or null
     */
    record Linear(Value x, Value weight, Value bias) implements ProductOp {}

    // Backward -------------------------------------------------------------------------------------------------------

    /**
     * dx = dy·W.
     *
     * @param dy [rows, out]
     * @param weight [out, in]
     */
    record LinearData(Value dy, Value weight) implements ProductOp {}

    /**
     * Into the gradients of weight and bias.
     *
     * @param x [rows, in]
     * @param dy [rows, out]
     * @param weight null if it gets none
     * @param bias null if it gets none
     */
    record LinearWeights(Value x, Value dy, Value weight, Value bias) implements ProductOp {}
}
