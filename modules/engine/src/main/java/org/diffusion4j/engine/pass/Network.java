package org.diffusion4j.engine.pass;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.Value;
import org.nd4j.autodiff.samediff.SameDiff;

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
     * @param output the variable that is asked for
     * @param batch its size
     * @return the network
     * @throws org.diffusion4j.engine.UnsupportedGraphException if there is an op that isn't known
     */
    public static Network of(SameDiff graph, String output, long batch) {
        Trace.Result trace = Trace.of(graph, output, batch);
        return new Network(Fuse.all(trace.nodes(), trace.output()), trace.inputs(), trace.output(), batch);
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
