package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.ElementwiseOp.Function;
import org.diffusion4j.engine.ir.ElementwiseOp.Gelu;
import org.diffusion4j.engine.ir.ElementwiseOp.Unary;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.kernels.Kernels;

/**
 * Fuses GELU with the error function.
 *
 * <pre>
 * x ─┬────────────────────────────→ ×          x → Gelu
 *    └→ × √½ → erf → + 1 → × ½ ─────┘
 * </pre>
 */
final class FuseGelu implements Rewrite {
    @Override
    public Gelu apply(Node last, Uses uses) {
        Binary product = Uses.is(last, Binary.Kind.MULTIPLY);
        Unary erf = GeluPatterns.insideCdf(product, Function.Kind.ERF, uses);
        Value x = erf == null ? null : GeluPatterns.scaled(erf.x(), Math.sqrt(0.5), uses);
        return x != null && x == product.left() && GeluPatterns.isFloat(x) ? new Gelu(x, Kernels.Gelu.ERF) : null;
    }
}
