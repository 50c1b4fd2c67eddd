package org.diffusion4j.weights;

import java.util.List;
import java.util.stream.IntStream;
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
    /** The op's own name in its graph. */
    String name() {
        return op.getName();
    }

    /** Which op it is, such as {@code conv2d}. */
    String kind() {
        return op.getOp().opName();
    }

    List<String> operands() {
        return op.getInputsToOp();
    }

    String operand(int which) {
        return operands().get(which);
    }

    List<String> results() {
        return op.getOutputsOfOp();
    }

    String result() {
        return results().get(0);
    }

    /** Whole numbers, as the op has them. */
    long[] arguments() {
        return op.getOp() instanceof DynamicCustomOp custom ? custom.iArgs() : new long[0];
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
        return ((ScalarOp) op.getOp()).scalar().getDouble(0);
    }

    /** What is reduced over; never empty. */
    int[] dimensions(int rank) {
        INDArray dimensions = ((BaseOp) op.getOp()).dimensions();
        require(dimensions != null && !dimensions.isEmpty(), "dimensions");
        return IntStream.of(dimensions.toIntVector())
                .map(dimension -> Math.floorMod(dimension, rank))
                .toArray();
    }

    boolean keepsDimensions() {
        return ((ReduceOp) op.getOp()).isKeepDims();
    }

    /** Refuses an op with arguments that the translation wasn't made for; who calls it adds the op's name. */
    static void require(boolean holds, String expected) {
        if (!holds) {
            throw new IllegalArgumentException("expected " + expected);
        }
    }
}
