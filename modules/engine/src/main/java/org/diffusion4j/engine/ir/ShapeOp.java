package org.diffusion4j.engine.ir;

import java.util.List;

/** Ops that move numbers to other places. The gradient of each is another of them, so none is for the backward pass only. */
public sealed interface ShapeOp extends Op {
    /**
     * The same elements, row-major, in another shape.
     *
     * @param x any shape
     */
    record Reshape(Value x) implements ShapeOp {}

    /**
     * Another order of dimensions.
     *
     * @param x any shape
     * @param order dimension i of the result is dimension order[i] of the operand
     */
    record Permute(Value x, int... order) implements ShapeOp {}

    /**
     * Joins operands along a dimension.
     *
     * @param parts the operands, which have the same rank
     * @param axis the dimension along which they are joined
     */
    record Concat(List<Value> parts, int axis) implements ShapeOp {
        /** Copies the parts. */
        public Concat {
            parts = List.copyOf(parts);
        }
    }

    /**
     * A contiguous part of an array.
     *
     * @param x any shape
     * @param begin the first index of the part in each dimension
     */
    record Slice(Value x, long... begin) implements ShapeOp {}

    /**
     *
     * Repeats an array.
     *
     * @param x an array that has size 1 in each dimension that is repeated
     * @param times the number of repetitions in each dimension
     */
    record Tile(Value x, int... times) implements ShapeOp {}

    /**
     * Adds zeros before and after the elements in each dimension.
     *
     * @param x any shape
     * @param front the number of zeros before the elements, one number per dimension
     */
    record Pad(Value x, int... front) implements ShapeOp {}

    /**
     * An image as a sequence [N, H·W, C], which a rewrite makes.
     *
     * @param image [N, C, H, W]
     */
    record ToSequence(Value image) implements ShapeOp {}

    /**
     * A sequence as an image [N, C, H, W], which a rewrite makes.
     *
     * @param sequence [N, H·W, C]
     */
    record ToImage(Value sequence) implements ShapeOp {}
}
