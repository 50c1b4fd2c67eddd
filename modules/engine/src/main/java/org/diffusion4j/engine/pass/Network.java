package org.diffusion4j.engine.pass;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.diffusion4j.engine.UnsupportedGraphException;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.Value;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
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
     * @throws org.diffusion4j.engine.UnsupportedGraphException if there is an op that isn't known
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
        if (convolution && node.input(1).parameter() == null) {
            throw new UnsupportedGraphException("a convolution with a computed weight (%s)".formatted(node.output()));
        }
        if (node.op() instanceof Op.Tile) {
            Value x = node.input(0);
            for (int i = 0; i < x.rank(); i++) {
                if (x.size(i) != 1 && x.size(i) != node.output().size(i)) {
                    throw new UnsupportedGraphException(
                            "tile of a dimension that has more than one element (%s)".formatted(node.output()));
                }
            }
        }
    }

    /**
     * Whether an image's result depends on the others of its batch, as batch norm's does in training: then a batch can't be
     * cut in parts.
     *
     * @return true if there is a mean over the first dimension
     */
    public boolean mixesImages() {
        return nodes.stream()
                .anyMatch(node -> node.op() instanceof Op.Mean mean
                        && Arrays.stream(mean.dimensions()).anyMatch(dimension -> dimension == 0));
    }
}
