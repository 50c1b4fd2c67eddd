package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.NormOp.GroupNorm;

/**
 * Fuses a norm with the shift after it that the time embedding gives.
 *
 * <pre>
 * x → GroupNorm ──────→ +          x, shift → GroupNorm
 * shift [N, C, 1, 1] ─┘
 * </pre>
 */
final class FuseNormShift implements Rewrite {
    @Override
    public GroupNorm apply(Node last, Uses uses) {
        Binary sum = Uses.is(last, Binary.Kind.ADD);
        GroupNorm norm = sum == null ? null : NormPatterns.inside(sum.left(), uses);
        return norm != null && norm.shift() == null && NormPatterns.isEmbedding(sum.right(), sum.left())
                ? norm.withShift(sum.right())
                : null;
    }
}
