package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.ConvolutionOp.Convolution;
import org.diffusion4j.engine.ir.ConvolutionOp.UpsampledConvolution;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.ResamplingOp.UpsampleNearest;

/**
 * Fuses a 3×3 convolution with the upsampling of its image, which needs less arithmetic and less memory together.
 *
 * <pre>
 * x → UpsampleNearest → Convolution, fused, 3×3 with 1 row of zeros on each side          x → UpsampledConvolution
 * </pre>
 */
final class FuseUpsampling implements Rewrite {
    @Override
    public UpsampledConvolution apply(Node last, Uses uses) {
        if (!(last.op() instanceof Convolution convolution)
                || !convolution.geometry().equals(UpsampledConvolution.GEOMETRY)
                || convolution.weight().size(2) != 3
                || convolution.weight().size(3) != 3) {
            return null;
        }
        UpsampleNearest upsample = uses.inner(convolution.x(), UpsampleNearest.class);
        return upsample == null
                ? null
                : new UpsampledConvolution(
                        upsample.x(), convolution.weight(), convolution.bias(), convolution.residual());
    }
}
