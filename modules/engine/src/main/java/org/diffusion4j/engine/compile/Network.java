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
import org.diffusion4j.samediff.WeightSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * A network with fused ops for one batch size.
 *
 * @param nodes in an order in which they can run
 * @param inputs the placeholders by name
 * @param outputs the results by name, in the order in which they were requested
 * @param batch the number of images
 */
public record Network(List<Node> nodes, Map<String, Value> inputs, Map<String, Value> outputs, long batch) {
    /**
     * Reads a graph and fuses its ops.
     *
     * @param graph whose placeholders' first dimension is the batch
     * @param contents gives the content of a variable or constant, in its shape
     * @param outputs the names of the outputs
     * @param batch the number of images
     * @return the network
     * @throws org.diffusion4j.samediff.UnsupportedGraphException if an op isn't supported
     */
    public static Network of(
            SameDiff graph, Function<SDVariable, WeightSource> contents, Collection<String> outputs, long batch) {
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
     * Applies a rewrite once to each op of the network.
     *
     * @param rewrite the rewrite that is tried
     * @return a network that computes the same
     * @throws IllegalStateException if the rewrite broke a rule, which the message names
     */
    public Network rewritten(Rewrite rewrite) {
        List<Node> fewer = Rewrites.apply(rewrite, nodes, outputs.values());
        Network next = new Network(fewer, inputs, outputs, batch);
        NetworkRules.check(next, rewrite.getClass().getSimpleName());
        return next;
    }
}
