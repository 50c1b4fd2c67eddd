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

/** All rewrites in order. The order matters if a pattern contains the result of another rewrite. */
public final class Rewrites {
    /** The list, with the reason for the place of each rewrite. */
    public static final List<Rewrite> ALL = List.of(
            new FuseGroupNorm(),
            new FuseNormWeight(), // after FuseGroupNorm, which makes the norm that it looks for
            new FuseNormBias(), // after FuseNormWeight: what multiplies after a bias isn't a weight
            new FuseNormScale(), // after FuseNormBias: weight and bias come first in the op
            new FuseNormShift(), // after FuseNormScale: what multiplies after a shift isn't a scale
            new FuseSilu(),
            new FuseGelu(),
            new FuseGeluTanh(),
            new FuseQuickGelu(),
            new FuseGatedGelu(), // after FuseGelu and its like, which make the gelu that it looks for
            new FuseNormActivation(), // after FuseSilu, and after everything that stands between norm and activation
            new FuseNormEmbedding(), // after FuseGroupNorm; what follows the norm doesn't matter
            new FuseLayerNorm(), // after FuseGroupNorm, whose norm over the groups looks like one
            new FuseLayerNormWeight(), // after FuseLayerNorm, which makes the norm that it looks for
            new FuseLayerNormBias(), // after FuseLayerNormWeight: what multiplies after a bias isn't a weight
            new UseConvolutionParameter(),
            new FusePadding(), // after UseConvolutionParameter: only a convolution of a parameter has four paddings
            new UseTransposedConvolutionParameter(),
            new FuseGather(),
            new FuseLinear(),
            new FuseLinearBias(), // after FuseLinear, which makes the layer that it looks for
            new FuseToSequence(),
            new FuseToImage(),
            new FuseAttention(),
            new FuseDropout(),
            new FuseResidual(), // after FusePadding, and after FuseNormEmbedding: an embedding isn't a residual
            new FuseUpsampling()); // after FuseResidual, which makes the convolution that it looks for

    private Rewrites() {}

    /**
     * Applies a rewrite once to each op of a network.
     *
     * @param rewrite the rewrite that is tried
     * @param nodes in an order in which they can run
     * @param outputs the values that must be kept
     * @return the nodes, of which there may be fewer, in such an order
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
