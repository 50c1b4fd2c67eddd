package org.diffusion4j.graph;

import java.util.Deque;

/** A level of the decoder: residual blocks on the hidden state and a skip each, attention, upsampling. */
final class UpBlock {
    private UpBlock() {}

    /**
     * Adds the level to the graph.
     *
     * @param index 0 is the level next to the bottleneck
     * @param skips the encoder's outputs, the last on top
     * @return [N, channels, 2H, 2W], or the same size in the last level
     */
    static ShapedVariable apply(
            UNetConfig config,
            ParameterScope scope,
            int index,
            ShapedVariable x,
            ShapedVariable embedding,
            ShapedVariable context,
            Deque<ShapedVariable> skips) {
        UpBlockType type = config.upBlockTypes().get(index);
        int channels = config.blockOutChannels().get(config.levels() - 1 - index);
        ResnetBlock resnet = ResnetBlock.of(config, channels);
        for (int layer = 0; layer <= config.layersPerBlock(); layer++) {
            ShapedVariable skip = skips.pop();
            ShapedVariable in = config.skipConnections() ? scope.ops().concatChannels(x, skip) : x;
            x = resnet.apply(scope.child("resnets." + layer), in, embedding);
            if (type.attends()) {
                x = Attentions.apply(config, scope, layer, x, context, config.normNumGroups(), 1);
            }
        }
        return index < config.levels() - 1
                ? upsample(config, scope.child("upsamplers.0"), type, channels, x, embedding)
                : x;
    }

    private static ShapedVariable upsample(
            UNetConfig config,
            ParameterScope scope,
            UpBlockType type,
            int channels,
            ShapedVariable x,
            ShapedVariable embedding) {
        boolean byResnet =
                type == UpBlockType.RESNET || (type.attends() && config.upsampleType() == UpsampleType.RESNET);
        if (byResnet) {
            return ResnetBlock.of(config, channels)
                    .resampling(ResnetBlock.Resampling.NEAREST, false)
                    .apply(scope, x, embedding);
        }
        return switch (config.upsampleType()) {
            case CONV, RESNET -> scope.conv2d("conv", scope.ops().upsampleNearest(x), channels, 3);
            case BILINEAR -> scope.conv2d("conv", scope.ops().upsampleBilinear(x, false), channels, 3);
            case CONV_TRANSPOSE -> scope.convTranspose2d("conv", x, channels);
        };
    }
}
