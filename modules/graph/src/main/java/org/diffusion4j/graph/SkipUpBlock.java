package org.diffusion4j.graph;

import java.util.Deque;

/**
 * A level of the decoder with FIR resampling, and beside it the output image, which each level adds to: the
 * "output skip" of NCSN++, Song et al. 2021 (arXiv:2011.13456), appendix H.
 */
final class SkipUpBlock {
    private SkipUpBlock() {}

    /**
     * What a level gives.
     *
     * @param hidden [N, channels, H', W']
     * @param image the output so far; null before the first level that adds to it
     */
    record Result(ShapedVariable hidden, ShapedVariable image) {}

    static Result apply(
            UNetConfig config,
            ParameterScope scope,
            int index,
            ShapedVariable x,
            ShapedVariable embedding,
            ShapedVariable context,
            ShapedVariable image,
            Deque<ShapedVariable> skips) {
        SDDiffusion ops = scope.ops();
        UpBlockType type = config.upBlockTypes().get(index);
        int channels = config.blockOutChannels().get(config.levels() - 1 - index);
        ResnetBlock resnet = ResnetBlock.of(config, channels);
        for (int layer = 0; layer <= config.layersPerBlock(); layer++) {
            ShapedVariable skip = skips.pop();
            int groups = UNetConfig.skipBlockGroups(type, (int) x.size(1), (int) skip.size(1));
            x = resnet.inSkipLevel(groups)
                    .apply(scope.child("resnets." + layer), ops.concatChannels(x, skip), embedding);
        }
        if (type.attends()) {
            x = Attentions.apply(config, scope, 0, x, context, 32, Math.sqrt(2));
        }
        ShapedVariable larger = image == null ? null : ops.firUpsample(image);
        if (index == config.levels() - 1) {
            return new Result(x, larger);
        }
        int groups = UNetConfig.skipBlockGroups(channels);
        ShapedVariable states = ops.silu(scope.groupNorm("skip_norm", x, groups, config.normEps()));
        ShapedVariable added = scope.conv2d("skip_conv", states, config.outChannels(), 3);
        larger = larger == null ? added : larger.with(larger.variable().add(added.variable()));
        x = resnet.inSkipLevel(groups)
                .resampling(ResnetBlock.Resampling.FIR_UP, true)
                .apply(scope.child("resnet_up"), x, embedding);
        return new Result(x, larger);
    }
}
