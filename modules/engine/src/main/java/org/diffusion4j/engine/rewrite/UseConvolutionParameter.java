package org.diffusion4j.engine.rewrite;

import java.util.Arrays;
import org.diffusion4j.engine.ir.ConvolutionOp.Convolution;
import org.diffusion4j.engine.ir.ConvolutionOp.Geometry;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.ShapeOp.Permute;
import org.diffusion4j.engine.ir.Value;

/**
 * Makes a convolution read its parameter directly, in the layout in which it is stored.
 *
 * <pre>
 * x ──────────────────────────────────────────→ Convolution          x, weight → Convolution, fused
 * weight [O, C, kH, kW] → permute [kH, kW, C, O] ┘
 * </pre>
 */
final class UseConvolutionParameter implements Rewrite {
    @Override
    public Convolution apply(Node last, Uses uses) {
        if (!(last.op() instanceof Convolution convolution)
                || convolution.geometry().fused()) {
            return null;
        }
        Value weight = permuted(convolution.weight());
        Value bias = convolution.bias();
        if (weight == null || (bias != null && bias.parameter() == null)) {
            return null;
        }
        Geometry from = convolution.geometry();
        Geometry fused = new Geometry(from.stride(), from.top(), from.left(), from.bottom(), from.right(), true);
        return new Convolution(convolution.x(), weight, bias, null, fused);
    }

    /** The parameter in PyTorch's layout from which a SameDiff weight is permuted; null if there is none. */
    static Value permuted(Value weight) {
        Permute permute = Uses.made(weight, Permute.class);
        return permute != null
                        && permute.x().parameter() != null
                        && Arrays.equals(permute.order(), new int[] {2, 3, 1, 0})
                ? permute.x()
                : null;
    }
}
