package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.NormOp.LayerNorm;
import org.diffusion4j.engine.ir.Value;

/**
 * Fuses a layer norm with its weight.
 *
 * <pre>
 * x → LayerNorm ─→ ×          x, weight → LayerNorm
 * weight [C] ────┘
 * </pre>
 */
final class FuseLayerNormWeight implements Rewrite {
    @Override
    public LayerNorm apply(Node last, Uses uses) {
        Binary product = Uses.is(last, Binary.Kind.MULTIPLY);
        LayerNorm norm = product == null ? null : uses.inner(product.left(), LayerNorm.class);
        if (norm == null || norm.weight() != null || norm.bias() != null) {
            return null;
        }
        Value weight = NormPatterns.rowParameter(product.right(), last.output());
        return weight == null ? null : norm.withWeight(weight);
    }
}
