package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.NormOp.GroupNorm;

/**
 * Fuses a norm with the scale after it that the time embedding gives.
 *
 * <pre>
 * x → GroupNorm ──────→ ×          x, scale → GroupNorm
 * scale [N, C, 1, 1] ─┘
 * </pre>
 */
final class FuseNormScale implements Rewrite {
    @Override
    public GroupNorm apply(Node last, Uses uses) {
        Binary product = Uses.is(last, Binary.Kind.MULTIPLY);
        GroupNorm norm = product == null ? null : NormPatterns.inside(product.left(), uses);
        return norm != null && norm.scale() == null && NormPatterns.isEmbedding(product.right(), product.left())
                ? norm.withScale(product.right())
                : null;
    }
}
