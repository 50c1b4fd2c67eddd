package org.diffusion4j.engine.pass;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.diffusion4j.engine.UnsupportedGraphException;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.BaseOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.ReduceOp;
import org.nd4j.linalg.api.ops.ScalarOp;

/**
 * An op of a SameDiff graph, its arguments in whichever of ND4J's classes they are.
 *
 * @param op the op
 */
record SourceOp(SameDiffOp op) {
    /** Which op it is, such as {@code conv2d}. */
    String kind() {
        return op.getOp().opName();
    }

    List<String> results() {
        return op.getOutputsOfOp();
    }

    String result() {
        return results().get(0);
    }

    /** Whole numbers, as the op has them. */
    long[] integers() {
        return op.getOp() instanceof DynamicCustomOp custom ? custom.iArgs() : new long[0];
    }

    /** As many whole numbers as are expected. */
    long[] integers(int count, String names) {
        long[] integers = integers();
        require(integers.length == count, names, integers);
        return integers;
    }

    /** Numbers with fractions. */
    double[] numbers() {
        return op.getOp() instanceof DynamicCustomOp custom ? custom.tArgs() : new double[0];
    }

    boolean[] flags() {
        return op.getOp() instanceof DynamicCustomOp custom ? custom.bArgs() : new boolean[0];
    }

    /** The number in {@code x + number} and its like. */
    double scalar() {
        INDArray scalar = op.getOp() instanceof ScalarOp one ? one.scalar() : null;
        require(scalar != null && scalar.length() == 1, "one number beside its operand", scalar);
        return scalar.getDouble(0);
    }

    /** What is reduced over, from 0. */
    int[] dimensions(int rank) {
        INDArray given = op.getOp() instanceof BaseOp base ? base.dimensions() : null;
        require(given != null && !given.isEmpty(), "dimensions by arguments", given);
        int[] dimensions = given.toIntVector();
        if (dimensions.length == 1 && dimensions[0] == Integer.MAX_VALUE) { // how ND4J says all of them
            return IntStream.range(0, rank).toArray();
        }
        int[] normal = Arrays.stream(dimensions)
                .map(dimension -> axis(dimension, rank))
                .sorted()
                .distinct()
                .toArray();
        require(normal.length == dimensions.length, "each dimension once", dimensions);
        return normal;
    }

    boolean keepsDimensions() {
        return op.getOp() instanceof ReduceOp reduce && reduce.isKeepDims();
    }

    /** A dimension from 0, given from there or, below 0, from behind the last one. */
    int axis(long given, int rank) {
        require(-rank <= given && given < rank, String.format(Locale.ROOT, "a dimension of %d", rank), given);
        return (int) (given < 0 ? given + rank : given);
    }

    /**
     * Refuses an op with arguments that the compiler wasn't made for.
     *
     * @param holds whether they are as expected
     * @param expected in words
     * @param found the arguments
     */
    void require(boolean holds, String expected, Object found) {
        if (!holds) {
            throw new UnsupportedGraphException(String.format(
                    Locale.ROOT, "op '%s' (%s): expected %s, found %s", kind(), op.getName(), expected, text(found)));
        }
    }

    private static String text(Object found) {
        return found instanceof long[] integers
                ? Arrays.toString(integers)
                : found instanceof int[] integers
                        ? Arrays.toString(integers)
                        : found instanceof double[] numbers
                                ? Arrays.toString(numbers)
                                : found instanceof boolean[] flags ? Arrays.toString(flags) : String.valueOf(found);
    }
}
