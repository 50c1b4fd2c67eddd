package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.ConvolutionOp.Convolution;
import org.diffusion4j.engine.ir.ConvolutionOp.Geometry;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.ShapeOp.Pad;
import org.diffusion4j.engine.ir.Value;

/**
 * Fuses a convolution with the zeros that are added around its image, which become its padding.
 *
 * <pre>
 * x → pad rows and columns → Convolution, fused          x → Convolution with more padding
 * </pre>
 */
final class FusePadding implements Rewrite {
    @Override
    public Convolution apply(Node last, Uses uses) {
        if (!(last.op() instanceof Convolution convolution)
                || !convolution.geometry().fused()) {
            return null;
        }
        Pad pad = uses.inner(convolution.x(), Pad.class);
        if (pad == null) {
            return null;
        }
        int[] front = pad.front();
        Value x = pad.x();
        Value padded = convolution.x();
        if (front[0] != 0 || front[1] != 0 || x.size(0) != padded.size(0) || x.size(1) != padded.size(1)) {
            return null;
        }
        Geometry from = convolution.geometry();
        Geometry wider = new Geometry(
                from.stride(),
                from.top() + front[2],
                from.left() + front[3],
                from.bottom() + padded.size(2) - x.size(2) - front[2],
                from.right() + padded.size(3) - x.size(3) - front[3],
                true);
        return new Convolution(x, convolution.weight(), convolution.bias(), convolution.residual(), wider);
    }
}
