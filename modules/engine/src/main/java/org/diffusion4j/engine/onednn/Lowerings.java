package org.diffusion4j.engine.onednn;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.Value;

/**
 * The lowerings of all ops, forward and backward, for one program. Each op has only one lowering, so their order doesn't
 * matter. Nodes are lowered in the network's order.
 */
final class Lowerings {
    private final Map<Class<? extends Op>, Lowering<Op>> byOp = new HashMap<>();

    Lowerings(Target target) {
        new ElementwiseLowering(target).addTo(this);
        new ShapeLowering(target).addTo(this);
        new ReductionLowering(target).addTo(this);
        new ProductLowering(target).addTo(this);
        new AttentionLowering(target).addTo(this);
        new ConvolutionLowering(target).addTo(this);
        new TransposedConvolutionLowering(target).addTo(this);
        new NormLowering(target).addTo(this);
        new LayerNormLowering(target).addTo(this);
        new ResamplingLowering(target).addTo(this);
    }

    /** Adds an op's lowering. */
    <O extends Op> void add(Class<O> type, Lowering<O> lowering) {
        if (byOp.put(type, (op, y) -> lowering.lower(type.cast(op), y)) != null) {
            throw new IllegalArgumentException("two lowerings of " + type);
        }
    }

    /** The ops that have a lowering. */
    Set<Class<? extends Op>> known() {
        return Set.copyOf(byOp.keySet());
    }

    /** Adds a node's steps. */
    void lower(Node node) {
        lower(node.op(), node.output());
    }

    /** Adds the steps of an op that makes a value; null for one that adds to the parameters' gradients. */
    void lower(Op op, Value y) {
        Lowering<Op> lowering = byOp.get(op.getClass());
        if (lowering == null) {
            throw new IllegalStateException("no step for " + op);
        }
        lowering.lower(op, y);
    }
}
