package org.diffusion4j.engine.pass;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.samediff.UnsupportedGraphException;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A network for one batch size, its ops fused.
 *
 * @param nodes in an order in which they can run
 * @param inputs the placeholders by name
 * @param output the result
 * @param batch images
 */
public record Network(List<Node> nodes, Map<String, Value> inputs, Value output, long batch) {
    /**
     * Reads a graph and fuses its ops.
     *
     * @param graph whose placeholders' first dimension is the batch
     * @param contents of a variable or constant, in its shape
     * @param output the variable that is asked for
     * @param batch its size
     * @return the network
     * @throws org.diffusion4j.samediff.UnsupportedGraphException if there is an op that isn't known
     */
    public static Network of(SameDiff graph, Function<SDVariable, INDArray> contents, String output, long batch) {
        Trace.Result trace = Trace.of(graph, contents, output, batch);
        List<Node> nodes = Fuse.all(trace.nodes(), trace.output());
        nodes.forEach(Network::check);
        return new Network(nodes, trace.inputs(), trace.output(), batch);
    }

    /** What no step can do is said here, before anything is compiled. */
    private static void check(Node node) {
        boolean convolution = node.op() instanceof Op.Convolution || node.op() instanceof Op.TransposedConvolution;
        if (convolution) {
            require(isParameter(node.input(1)), "a convolution with a computed weight", node);
            require(node.input(2) == null || isParameter(node.input(2)), "a convolution with a computed bias", node);
        }
        if (!isPlainLoop(node)) {
            boolean floats = Stream.concat(node.inputs().stream(), node.outputs().stream())
                    .allMatch(value -> value == null || isFloat(value) || isPhase(value, node));
            require(floats, node.op() + " of another type than FLOAT", node);
        }
    }

    private static void require(boolean holds, String otherwise, Node node) {
        if (!holds) {
            throw new UnsupportedGraphException(String.format(Locale.ROOT, "%s (%s)", otherwise, node.output()));
        }
    }

    private static boolean isParameter(Value value) {
        return value.parameter() != null;
    }

    private static boolean isFloat(Value value) {
        return value.dataType() == DataType.FLOAT;
    }

    private static boolean isPhase(Value value, Node node) {
        return node.op() instanceof Op.Dropout && value == node.input(1);
    }

    /** Whether elements are read one by one, in whichever type they are; all else takes float32 alone. */
    private static boolean isPlainLoop(Node node) {
        Op op = node.op();
        return op instanceof Op.Reshape
                || op instanceof Op.Permute
                || op instanceof Op.Binary
                || op instanceof Op.Unary
                || op instanceof Op.Mean
                || op instanceof Op.Slice
                || op instanceof Op.Tile
                || op instanceof Op.OneHot
                || op instanceof Op.Pad
                || op instanceof Op.Pool
                || op instanceof Op.Concat;
    }
}
