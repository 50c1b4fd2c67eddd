package org.diffusion4j.samediff;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.BaseOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.ReduceOp;
import org.nd4j.linalg.api.ops.ScalarOp;

/**
 * An op of a SameDiff graph. Its arguments are read from whichever of ND4J's classes holds them. Methods that read
 * arguments throw an {@link UnsupportedGraphException}, which names the op, if they can't read them.
 *
 * @param op the op
 */
public record SourceOp(SameDiffOp op) {
    /**
     * The op's own name in its graph.
     *
     * @return the name
     */
    public String name() {
        return op.getName();
    }

    /**
     * The kind of the op.
     *
     * @return ND4J's name, such as {@code conv2d}
     */
    public String kind() {
        return op.getOp().opName();
    }

    /**
     * The variables that it reads.
     *
     * @return their names
     */
    public List<String> operands() {
        return op.getInputsToOp();
    }

    /**
     * One of the variables that it reads.
     *
     * @param which its index, from 0
     * @return its name
     */
    public String operand(int which) {
        return operands().get(which);
    }

    /**
     * The variables that it makes.
     *
     * @return their names
     */
    public List<String> results() {
        return op.getOutputsOfOp();
    }

    /**
     * The first variable that it makes.
     *
     * @return its name
     */
    public String result() {
        return results().get(0);
    }

    /**
     * The whole numbers among the arguments.
     *
     * @return the arguments in the op's order
     */
    public long[] integers() {
        return op.getOp() instanceof DynamicCustomOp custom ? custom.iArgs() : new long[0];
    }

    /**
     * The whole numbers among the arguments, whose count is checked.
     *
     * @param count how many are expected
     * @param names what they are, for the message
     * @return the numbers
     */
    public long[] integers(int count, String names) {
        long[] integers = integers();
        require(integers.length == count, names, integers);
        return integers;
    }

    /**
     * The floating-point numbers among the arguments.
     *
     * @return the arguments in the op's order
     */
    public double[] numbers() {
        return op.getOp() instanceof DynamicCustomOp custom ? custom.tArgs() : new double[0];
    }

    /**
     * The flags among the arguments.
     *
     * @return the arguments in the op's order
     */
    public boolean[] flags() {
        return op.getOp() instanceof DynamicCustomOp custom ? custom.bArgs() : new boolean[0];
    }

    /**
     * The number in an op such as {@code x + number}.
     *
     * @return the number
     */
    public double scalar() {
        INDArray scalar = op.getOp() instanceof ScalarOp one ? one.scalar() : null;
        require(scalar != null && scalar.length() == 1, "one number besides its operand", scalar);
        return scalar.getDouble(0);
    }

    /**
     * The dimensions that are reduced.
     *
     * @param rank the operand's number of dimensions
     * @return dimensions counted from 0, in ascending order; at least one
     */
    public int[] dimensions(int rank) {
        INDArray given = op.getOp() instanceof BaseOp base ? base.dimensions() : null;
        require(given != null && !given.isEmpty(), "dimensions by arguments", given);
        int[] dimensions = given.toIntVector();
        if (dimensions.length == 1 && dimensions[0] == Integer.MAX_VALUE) { // ND4J's number for all dimensions
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

    /**
     * Whether a reduction keeps the reduced dimensions, with size 1.
     *
     * @return true if it keeps them
     */
    public boolean keepsDimensions() {
        return op.getOp() instanceof ReduceOp reduce && reduce.isKeepDims();
    }

    /**
     * Counts a dimension from 0.
     *
     * @param given the dimension counted from 0, or if negative, from the end, where -1 is the last one
     * @param rank how many dimensions there are
     * @return the dimension
     */
    public int axis(long given, int rank) {
        require(-rank <= given && given < rank, String.format(Locale.ROOT, "a dimension of %d", rank), given);
        return (int) (given < 0 ? given + rank : given);
    }

    /**
     * Refuses an op with arguments that its reader doesn't support.
     *
     * @param holds whether the arguments are as expected
     * @param expected what is expected, in words
     * @param found the arguments
     * @throws UnsupportedGraphException if {@code holds} is false
     */
    public void require(boolean holds, String expected, Object found) {
        if (!holds) {
            throw new UnsupportedGraphException(String.format(
                    Locale.ROOT, "op '%s' (%s): expected %s, found %s", kind(), name(), expected, text(found)));
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
