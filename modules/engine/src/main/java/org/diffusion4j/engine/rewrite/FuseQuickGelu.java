package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.ElementwiseOp.Function;
import org.diffusion4j.engine.ir.ElementwiseOp.Gelu;
import org.diffusion4j.engine.ir.ElementwiseOp.Unary;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.kernels.Kernels;

/**
 * Fuses CLIP's GELU.
 *
 * <pre>
 * x ─┬────────────────────→ ×          x → Gelu
 *    └→ × 1.702 → sigmoid ──┘
 * </pre>
 */
final class FuseQuickGelu implements Rewrite {
    @Override
    public Gelu apply(Node last, Uses uses) {
        Binary product = Uses.is(last, Binary.Kind.MULTIPLY);
        Unary sigmoid = product == null ? null : uses.inner(product.right(), Function.Kind.SIGMOID);
        Value x = sigmoid == null ? null : GeluPatterns.scaled(sigmoid.x(), 1.702, uses);
        return x != null && x == product.left() && GeluPatterns.isFloat(x) ? new Gelu(x, Kernels.Gelu.QUICK) : null;
    }
}
