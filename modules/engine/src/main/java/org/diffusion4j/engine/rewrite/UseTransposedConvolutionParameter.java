package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.ConvolutionOp.TransposedConvolution;
import org.diffusion4j.engine.ir.ConvolutionOp.TransposedGeometry;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Value;

/**
 * Makes a transposed convolution read its parameter directly, in the layout in which it is stored.
 *
 * <pre>
 * x ───────────────────────────→ TransposedConvolution          x, weight → TransposedConvolution, fused
 * weight [C, O, kH, kW] → permute ┘
 * </pre>
 */
final class UseTransposedConvolutionParameter implements Rewrite {
    @Override
    public TransposedConvolution apply(Node last, Uses uses) {
        if (!(last.op() instanceof TransposedConvolution transposed)
                || transposed.geometry().fused()) {
            return null;
        }
        TransposedGeometry from = transposed.geometry();
        Value weight = UseConvolutionParameter.permuted(transposed.weight());
        return weight == null
                ? null
                : new TransposedConvolution(
                        transposed.x(), weight, new TransposedGeometry(from.stride(), from.padding(), true));
    }
}
