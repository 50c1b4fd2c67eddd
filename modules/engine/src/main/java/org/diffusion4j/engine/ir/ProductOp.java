package org.diffusion4j.engine.ir;

/** Matrix products, and the look-up of rows, which is the product with one-hot rows. */
public sealed interface ProductOp extends Op {
    // Forward --------------------------------------------------------------------------------------------------------

    /**
     * The matrix product over the last two dimensions.
     *
     * @param left the first factor
     * @param right the second factor, with as many dimensions
     * @param transposeLeft whether the last two dimensions of the first factor are swapped
     * @param transposeRight whether the last two dimensions of the second factor are swapped
     */
    record MatrixProduct(Value left, Value right, boolean transposeLeft, boolean transposeRight) implements ProductOp {}

    /**
     * A row of zeros with a one at the index. Its product with a table is the table's row.
     *
     * @param indices whole numbers
     */
    record OneHot(Value indices) implements ProductOp {}

    /**
     * A row of a table for each index; zeros for an index without a row.
     *
     * @param indices whole numbers, of any shape
     * @param table [rows, D], a parameter
     */
    record Gather(Value indices, Value table) implements ProductOp {}

    /**
     * x·Wᵀ + b, which a rewrite makes.
     *
     * @param x [rows, in]
     * @param weight [out, in], or with further dimensions of one element, a parameter
     * @param bias [out], a parameter, or null
     */
    record Linear(Value x, Value weight, Value bias) implements ProductOp {}

    // Backward -------------------------------------------------------------------------------------------------------

    /**
     * dx = dy·W.
     *
     * @param dy [rows, out]
     * @param weight as in {@link Linear}
     */
    record LinearData(Value dy, Value weight) implements ProductOp {}

    /**
     * Adds to the gradients of weight and bias.
     *
     * @param x [rows, in]
     * @param dy [rows, out]
     * @param weight the weight; null if it gets no gradient
     * @param bias the bias; null if it gets no gradient
     */
    record LinearWeights(Value x, Value dy, Value weight, Value bias) implements ProductOp {}

    /**
     * Adds to the gradient of the table: to the row of each index its part of dy.
     *
     * @param indices whole numbers
     * @param dy the gradient of the rows
     * @param table the table, which gets a gradient
     */
    record GatherWeights(Value indices, Value dy, Value table) implements ProductOp {}
}
