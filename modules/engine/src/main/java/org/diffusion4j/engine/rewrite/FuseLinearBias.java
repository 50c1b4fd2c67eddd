package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.ProductOp.Linear;
import org.diffusion4j.engine.ir.Value;

/**
 * Fuses a linear layer with its bias.
 *
 * <pre>
 * x → Linear ─→ +          x, bias → Linear
 * bias [out] ─┘
 * </pre>
 */
final class FuseLinearBias implements Rewrite {
    @Override
    public Linear apply(Node last, Uses uses) {
        Binary sum = Uses.is(last, Binary.Kind.ADD);
        Linear linear = sum == null ? null : uses.inner(sum.left(), Linear.class);
        if (linear == null || linear.bias() != null) {
            return null;
        }
        Value bias = sum.right();
        return bias.parameter() != null
                        && bias.rank() == 1
                        && bias.size(0) == sum.left().size(1)
                ? new Linear(linear.x(), linear.weight(), bias)
                : null;
    }
}
