package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.ElementwiseOp.Function;
import org.diffusion4j.engine.ir.ElementwiseOp.Gelu;
import org.diffusion4j.engine.ir.ElementwiseOp.Unary;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.kernels.Kernels;

/**
 * Fuses GELU with the hyperbolic tangent.
 *
 * <pre>
 * x ─┬──────────────────────────────────────────────────────────────→ ×          x → Gelu
 *    ├────────────────────────→ + → × √(2/π) → tanh → + 1 → × ½ ────┘
 *    ├→ ² ─→ × ─→ × 0.044715 ─┘
 *    └───────┘
 * </pre>
 */
final class FuseGeluTanh implements Rewrite {
    @Override
    public Gelu apply(Node last, Uses uses) {
        Binary product = Uses.is(last, Binary.Kind.MULTIPLY);
        Unary tanh = GeluPatterns.insideCdf(product, Function.Kind.TANH, uses);
        Value inner = tanh == null ? null : GeluPatterns.scaled(tanh.x(), Math.sqrt(2 / Math.PI), uses);
        Binary sum = uses.inner(inner, Binary.Kind.ADD);
        Value cube = sum == null ? null : GeluPatterns.scaled(sum.right(), 0.044715, uses);
        Binary cubed = uses.inner(cube, Binary.Kind.MULTIPLY);
        Unary square = cubed == null ? null : uses.inner(cubed.left(), Function.Kind.SQUARE);
        if (square == null) {
            return null;
        }
        Value x = product.left();
        boolean same = sum.left() == x && cubed.right() == x && square.x() == x;
        return same && GeluPatterns.isFloat(x) ? new Gelu(x, Kernels.Gelu.TANH) : null;
    }
}
