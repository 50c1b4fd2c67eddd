package org.diffusion4j.engine.ir;

import java.util.List;

/** The same numbers in other places: each is another's gradient, so that there are none of the backward pass only. */
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
     * Operands one behind the other.
     *
     * @param parts of one rank
     * @param axis along which dimension
     */
    record Concat(List<Value> parts, int axis) implements ShapeOp {
        /** Copies the parts. */
        public Concat {
            parts = List.copyOf(parts);
        }
    }

    /**
     * A part with every element from begin on.
     *
     * @param x any shape
     * @param begin the first index in each dimension
     */
    record Slice(Value x, long... begin) implements ShapeOp {}

    /**
     * Repeated.
     *
     * @param x with one element in each dimension that is repeated
     * @param times in each dimension
     */
    record Tile(Value x, int... times) implements ShapeOp {}

    /**
     * Zeros in front of and behind each dimension.
     *
     * @param x any shape
     * @param front in front, one for each dimension
     */
    record Pad(Value x, int... front) implements ShapeOp {}

    /**
     * An image as a sequence [N, H·W, C]; made by a rewrite.
     *
     * @param image [N, C, H, W]
     */
    record ToSequence(Value image) implements ShapeOp {}

    /**
     * A sequence as an image [N, C, H, W]; made by a rewrite.
     *
     * @param sequence [N, H·W, C]
     */
    record ToImage(Value sequence) implements ShapeOp {}
}
