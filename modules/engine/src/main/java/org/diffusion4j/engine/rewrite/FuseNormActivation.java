package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.ElementwiseOp.Function;
import org.diffusion4j.engine.ir.ElementwiseOp.Silu;
import org.diffusion4j.engine.ir.ElementwiseOp.Unary;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.NormOp.GroupNorm;
import org.diffusion4j.kernels.Kernels;

/**
 * Fuses a norm with the activation after it, so that one pass over memory does both.
 *
 * <pre>
 * x → GroupNorm → Silu or ReLU          x → GroupNorm with the activation
 * </pre>
 */
final class FuseNormActivation implements Rewrite {
    @Override
    public GroupNorm apply(Node last, Uses uses) {
        Unary relu = Uses.is(last, Function.Kind.RELU);
        if (last.op() instanceof Silu silu) {
            GroupNorm norm = NormPatterns.inside(silu.x(), uses);
            return norm == null ? null : norm.withActivation(Kernels.Activation.SILU);
        } else if (relu != null) {
            GroupNorm norm = NormPatterns.inside(relu.x(), uses);
            return norm == null ? null : norm.withActivation(Kernels.Activation.RELU);
        }
        return null;
    }
}
