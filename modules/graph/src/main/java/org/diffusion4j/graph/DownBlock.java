package org.diffusion4j.graph;

import java.util.Deque;

/** A level of the encoder: residual blocks, attention, downsampling. */
final class DownBlock {
    private DownBlock() {}

    /**
     * Adds the level to the graph.
     *
     * @param skips gets what the decoder will want, each residual block's output and the downsampled one
     * @return [N, channels, H/2, W/2], or the same size in the last level
     */
    static ShapedVariable apply(
            UNetConfig config,
            ParameterScope scope,
            int level,
            ShapedVariable x,
            ShapedVariable embedding,
            ShapedVariable context,
            Deque<ShapedVariable> skips) {
        DownBlockType type = config.downBlockTypes().get(level);
        int channels = config.blockOutChannels().get(level);
        ResnetBlock resnet = ResnetBlock.of(config, channels);
        for (int layer = 0; layer < config.layersPerBlock(); layer++) {
            x = resnet.apply(scope.child("resnets." + layer), x, embedding);
            if (type.attends()) {
                x = Attentions.apply(config, scope, layer, x, context, config.normNumGroups(), 1);
            }
            skips.push(x);
        }
        if (level < config.levels() - 1) {
            x = downsample(config, scope.child("downsamplers.0"), type, channels, x, embedding);
            skips.push(x);
        }
        return x;
    }

    private static ShapedVariable downsample(
            UNetConfig config,
            ParameterScope scope,
            DownBlockType type,
            int channels,
            ShapedVariable x,
            ShapedVariable embedding) {
        // As in diffusers, downsample_type "resnet" is the attention blocks' alone, and a resnet block's always.
        boolean byResnet =
                type == DownBlockType.RESNET || (type.attends() && config.downsampleType() == DownsampleType.RESNET);
        if (byResnet) {
            return ResnetBlock.of(config, channels)
                    .resampling(ResnetBlock.Resampling.AVG_POOL, false)
                    .apply(scope, x, embedding);
        }
        return switch (config.downsampleType()) {
            case CONV, RESNET -> scope.downsampleConv("conv", x, channels, config.downsamplePadding());
            case AVG_POOL -> scope.ops().avgPool(x);
            case MAX_POOL -> scope.ops().maxPool(x);
        };
    }
}
