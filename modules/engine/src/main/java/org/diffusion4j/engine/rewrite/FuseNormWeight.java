package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.NormOp.GroupNorm;
import org.diffusion4j.engine.ir.Value;

/**
 * Fuses a norm with its weight.
 *
 * <pre>
 * x → GroupNorm ───────────────→ ×          x, weight → GroupNorm
 * weight → reshape [1, C, 1, 1] ┘
 * </pre>
 */
final class FuseNormWeight implements Rewrite {
    @Override
    public GroupNorm apply(Node last, Uses uses) {
        Binary product = Uses.is(last, Binary.Kind.MULTIPLY);
        GroupNorm norm = product == null ? null : NormPatterns.inside(product.left(), uses);
        if (norm == null || norm.weight() != null || norm.bias() != null) {
            return null;
        }
        Value weight = NormPatterns.channelParameter(product.right(), product.left());
        return weight == null ? null : norm.withWeight(weight);
    }
}
