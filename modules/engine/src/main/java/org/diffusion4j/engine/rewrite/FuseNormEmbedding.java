package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.NormOp.GroupNorm;

/**
 * Fuses a norm with the addition of the time embedding before it, so that the sum needs no image of its own.
 *
 * <pre>
 * x ───────────────────→ + → GroupNorm          x, embedding → GroupNorm
 * embedding [N, C, 1, 1] ┘
 * </pre>
 */
final class FuseNormEmbedding implements Rewrite {
    @Override
    public GroupNorm apply(Node last, Uses uses) {
        if (!(last.op() instanceof GroupNorm norm) || norm.embedding() != null) {
            return null;
        }
        Binary sum = uses.inner(norm.x(), Binary.Kind.ADD);
        return sum != null
                        && NormPatterns.isEmbedding(sum.right(), norm.x())
                        && sum.left().sameShape(norm.x())
                ? norm.withEmbedding(sum.left(), sum.right())
                : null;
    }
}
