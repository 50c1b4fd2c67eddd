package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.NormOp.LayerNorm;
import org.diffusion4j.engine.ir.Value;

/**
 * Fuses a layer norm with its bias.
 *
 * <pre>
 * x → LayerNorm ─→ +          x, bias → LayerNorm
 * bias [C] ──────┘
 * </pre>
 */
final class FuseLayerNormBias implements Rewrite {
    @Override
    public LayerNorm apply(Node last, Uses uses) {
        Binary sum = Uses.is(last, Binary.Kind.ADD);
        LayerNorm norm = sum == null ? null : uses.inner(sum.left(), LayerNorm.class);
        if (norm == null || norm.bias() != null) {
            return null;
        }
        Value bias = NormPatterns.rowParameter(sum.right(), last.output());
        return bias == null ? null : norm.withBias(bias);
    }
}
