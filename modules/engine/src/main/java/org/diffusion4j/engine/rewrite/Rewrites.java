package org.diffusion4j.engine.rewrite;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.Value;

/** All rewrites, in an order that matters where a pattern has an earlier one's result as its part. */
public final class Rewrites {
    /** The list, with what each one needs to have been done. */
    public static final List<Rewrite> ALL = List.of(
            new FuseGroupNorm(),
            new FuseNormWeight(), // after FuseGroupNorm, which makes the norm that it looks for
            new FuseNormBias(), // after FuseNormWeight: a weight behind a bias is none
            new FuseNormScale(), // after FuseNormBias: weight and bias come first in the op
            new FuseNormShift(), // after FuseNormScale: a scale behind a shift is none
            new FuseSilu(),
            new FuseNormActivation(), // after FuseSilu, and after all that goes between norm and activation
            new FuseNormEmbedding(), // after FuseGroupNorm; what is behind the norm doesn't matter to it
            new UseConvolutionParameter(),
            new FusePadding(), // after UseConvolutionParameter: only a convolution of a parameter has four paddings
            new UseTransposedConvolutionParameter(),
            new FuseLinear(),
            new FuseLinearBias(), // after FuseLinear, which makes the layer that it looks for
            new FuseToSequence(),
            new FuseToImage(),
            new FuseAttention(),
            new FuseDropout(),
            new FuseResidual()); // after FusePadding, and after FuseNormEmbedding: an embedding is no residual

    private Rewrites() {}

    /**
     * Goes once over a network.
     *
     * @param rewrite what is tried on each op
     * @param nodes in an order in which they can run
     * @param outputs which are kept
     * @return as many nodes, or fewer, in such an order
     */
    public static List<Node> apply(Rewrite rewrite, List<Node> nodes, Collection<Value> outputs) {
        Uses uses = new Uses(nodes, outputs);
        List<Node> next = new ArrayList<>();
        for (Node node : nodes) {
            Op op = rewrite.apply(node, uses);
            next.add(op == null ? node : new Node(op, node.output()));
        }
        return withoutUnused(next, outputs);
    }

    private static List<Node> withoutUnused(List<Node> nodes, Collection<Value> outputs) {
        Set<Node> used = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Value> open = new ArrayList<>(outputs);
        while (!open.isEmpty()) {
            Node producer = open.remove(open.size() - 1).producer();
            if (producer != null && used.add(producer)) {
                open.addAll(producer.operands());
            }
        }
        return nodes.stream().filter(used::contains).toList();
    }
}
