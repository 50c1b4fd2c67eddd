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
    /**
     * Adds it to the graph.
     *
     * @param scope its name and parameters
     * @param x [N, C, H, W]
     * @param embedding [N, D], or null
     * @param next the skip connection that joins the result, or null: nearest neighbour gives the result its size, which is an odd
     *     one after an odd size was halved
     * @return [N, C, 2H, 2W], or the size of {@code next}
     */
    ShapedVariable apply(ParameterScope scope, ShapedVariable x, ShapedVariable embedding, ShapedVariable next) {
        long channels = x.size(1);
        return switch (type) {
            case RESNET -> resnet.apply(scope, x, embedding);
            case CONV -> Convolutions.conv2d(scope.child("conv"), nearest(x, next), channels, 3);
            case BILINEAR ->
                Convolutions.conv2d(scope.child("conv"), Resampling.upsampleBilinear(x, false), channels, 3);
            case CONV_TRANSPOSE -> Convolutions.convTranspose2d(scope.child("conv"), x, channels);
        };
    }

    private static ShapedVariable nearest(ShapedVariable x, ShapedVariable next) {
        return next == null
                ? Resampling.upsampleNearest(x)
                : Resampling.upsampleNearest(x, (int) next.size(2), (int) next.size(3));
    }
}
