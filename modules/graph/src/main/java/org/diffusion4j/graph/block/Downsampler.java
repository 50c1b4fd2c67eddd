package org.diffusion4j.graph.block;

import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Resampling;
import org.diffusion4j.graph.option.DownsampleType;

/**
 * What halves the size at the end of a level.
 *
 * @param type how the size is halved
 * @param padding of the convolution: 1, or 0 for zeros at the right and bottom only
 * @param resnet the residual block of type {@link DownsampleType#RESNET}; ignored for other types
 */
public record Downsampler(DownsampleType type, int padding, ResnetBlock resnet) {
    ShapedVariable apply(ParameterScope scope, ShapedVariable x, ShapedVariable embedding) {
        return switch (type) {
            case RESNET -> resnet.apply(scope, x, embedding);
            case CONV -> Resampling.downsampleConv(scope.child("conv"), x, x.size(1), padding);
            case AVG_POOL -> Resampling.avgPool(x);
            case MAX_POOL -> Resampling.maxPool(x);
        };
    }
}
