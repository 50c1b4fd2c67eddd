package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.ElementwiseOp.Function;
import org.diffusion4j.engine.ir.ElementwiseOp.Silu;
import org.diffusion4j.engine.ir.ElementwiseOp.Unary;
import org.diffusion4j.engine.ir.Node;

/**
 * Fuses SiLU into one loop.
 *
 * <pre>
 * x ─┬───────────→ ×          x → Silu
 *    └→ sigmoid ─┘
 * </pre>
 */
final class FuseSilu implements Rewrite {
    @Override
    public Silu apply(Node last, Uses uses) {
        Binary product = Uses.is(last, Binary.Kind.MULTIPLY);
        Unary sigmoid = product == null ? null : uses.inner(product.right(), Function.Kind.SIGMOID);
        return sigmoid != null && sigmoid.x() == product.left() ? new Silu(product.left()) : null;
    }
}
