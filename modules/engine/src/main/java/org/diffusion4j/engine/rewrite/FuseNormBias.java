package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.NormOp.GroupNorm;
import org.diffusion4j.engine.ir.Value;

/**
 * Fuses a norm with its bias.
 *
 * <pre>
 * x → GroupNorm ─────────────→ +          x, bias → GroupNorm
 * bias → reshape [1, C, 1, 1] ┘
 * </pre>
 */
final class FuseNormBias implements Rewrite {
    @Override
    public GroupNorm apply(Node last, Uses uses) {
        Binary sum = Uses.is(last, Binary.Kind.ADD);
        GroupNorm norm = sum == null ? null : NormPatterns.inside(sum.left(), uses);
        if (norm == null || norm.bias() != null) {
            return null;
        }
        Value bias = NormPatterns.channelParameter(sum.right(), sum.left());
        return bias == null ? null : norm.withBias(bias);
    }
}
