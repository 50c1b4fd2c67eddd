package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.ConvolutionOp.Convolution;
import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Value;

/**
 * Fuses a convolution with a sum, which the convolution adds while it writes its result. If both sides are convolutions,
 * the right one adds.
 *
 * <pre>
 * x → Convolution, fused ─→ +          x, other → Convolution
 * other, of its shape ────┘
 * </pre>
 */
final class FuseResidual implements Rewrite {
    @Override
    public Convolution apply(Node last, Uses uses) {
        Binary sum = Uses.is(last, Binary.Kind.ADD);
        if (sum == null || !sum.left().sameShape(sum.right())) {
            return null;
        }
        Convolution right = adding(sum.right(), sum.left(), uses);
        return right != null ? right : adding(sum.left(), sum.right(), uses);
    }

    private static Convolution adding(Value result, Value other, Uses uses) {
        Convolution convolution = uses.inner(result, Convolution.class);
        return convolution != null && convolution.geometry().fused() && convolution.residual() == null
                ? new Convolution(
                        convolution.x(), convolution.weight(), convolution.bias(), other, convolution.geometry())
                : null;
    }
}
