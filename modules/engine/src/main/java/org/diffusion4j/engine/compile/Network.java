package org.diffusion4j.engine.compile;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.engine.read.Reading;
import org.diffusion4j.engine.rewrite.Rewrite;
import org.diffusion4j.engine.rewrite.Rewrites;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A network for one batch size, its ops fused.
 *
 * @param nodes in an order in which they can run
 * @param inputs the placeholders by name
 * @param outputs the results by name, in the order in which they were asked for
 * @param batch images
 */
public record Network(List<Node> nodes, Map<String, Value> inputs, Map<String, Value> outputs, long batch) {
    /**
     * Reads a graph and fuses its ops.
     *
     * @param graph whose placeholders' first dimension is the batch
     * @param contents of a variable or constant, in its shape
     * @param outputs the variables that are asked for
     * @param batch its size
     * @return the network
     * @throws org.diffusion4j.samediff.UnsupportedGraphException if there is an op that isn't known
     */
    public static Network of(
            SameDiff graph, Function<SDVariable, INDArray> contents, Collection<String> outputs, long batch) {
        Reading.Result read = Reading.of(graph, contents, outputs, batch);
        Network network = new Network(read.nodes(), read.inputs(), read.outputs(), batch);
        NetworkRules.check(network, "reading");
        for (Rewrite rewrite : Rewrites.ALL) {
            network = network.rewritten(rewrite);
        }
        network.nodes.forEach(Limits::check);
        return network;
    }

    /**
     * Goes once over the network.
     *
     * @param rewrite what is tried on each op
     * @return the same function
     * @throws IllegalStateException if the rewrite broke a rule, which the message says
     */
    public Network rewritten(Rewrite rewrite) {
        List<Node> fewer = Rewrites.apply(rewrite, nodes, outputs.values());
        Network next = new Network(fewer, inputs, outputs, batch);
        NetworkRules.check(next, rewrite.getClass().getSimpleName());
        return next;
    }
}
