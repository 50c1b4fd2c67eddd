package org.diffusion4j.weights.onnx;

import java.util.Arrays;
import org.diffusion4j.samediff.SourceOp;

/**
 * The ranges of a strided slice, one per dimension, with strides of 1.
 *
 * @param from the shape of the whole array
 * @param begin the first index in each dimension
 * @param end one more than the last index; if a dimension is taken whole, the dimension as {@link BatchShape} describes it
 */
record OnnxSlice(long[] from, long[] begin, long[] end) {
    /**
     * Reads a slice. Its arguments are five masks, then begin, end and stride for each dimension; a set bit means from the
     * start or to the end.
     */
    static OnnxSlice of(SourceOp op, long... from) {
        long[] arguments = op.integers();
        int rank = from.length;
        op.require(
                arguments.length == 5 + 3 * rank && op.operands().size() == 1, "a range for each dimension", arguments);
        op.require(arguments[1] == 0 && arguments[3] == 0 && arguments[4] == 0, "dimensions that stay", arguments);
        long[] begin = new long[rank];
        long[] end = new long[rank];
        for (int i = 0; i < rank; i++) {
            begin[i] = (arguments[0] >> i & 1) == 1 ? 0 : arguments[5 + i];
            end[i] = (arguments[2] >> i & 1) == 1 ? from[i] : arguments[5 + rank + i];
            boolean whole = begin[i] == 0 && end[i] == from[i];
            op.require(arguments[5 + 2 * rank + i] == 1, "strides of 1", arguments);
            op.require(
                    whole || (0 <= begin[i] && begin[i] < end[i] && end[i] <= from[i]), "ranges within it", arguments);
        }
        return new OnnxSlice(from.clone(), begin, end);
    }

    boolean isWhole(int dimension) {
        return begin[dimension] == 0 && end[dimension] == from[dimension];
    }

    /** The shape of the part. */
    long[] shape() {
        long[] shape = from.clone();
        Arrays.setAll(shape, i -> end[i] - begin[i]);
        return shape;
    }
}
