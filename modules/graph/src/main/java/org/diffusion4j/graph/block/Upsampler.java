package org.diffusion4j.graph.block;

import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Convolutions;
import org.diffusion4j.graph.op.Resampling;
import org.diffusion4j.graph.option.UpsampleType;

/**
 * What doubles the size at the end of a level.
 *
 * @param type how the size is doubled
 * @param resnet the residual block of type {@link UpsampleType#RESNET}; ignored for other types
 */
public record Upsampler(UpsampleType type, ResnetBlock resnet) {
    ShapedVariable apply(ParameterScope scope, ShapedVariable x, ShapedVariable embedding) {
        long channels = x.size(1);
        return switch (type) {
            case RESNET -> resnet.apply(scope, x, embedding);
            case CONV -> Convolutions.conv2d(scope.child("conv"), Resampling.upsampleNearest(x), channels, 3);
            case BILINEAR ->
                Convolutions.conv2d(scope.child("conv"), Resampling.upsampleBilinear(x, false), channels, 3);
            case CONV_TRANSPOSE -> Convolutions.convTranspose2d(scope.child("conv"), x, channels);
        };
    }
}
