package org.diffusion4j.graph;

import java.util.Deque;

/**
 * A level of the encoder with FIR resampling, and beside it the image itself, filtered down and added: the
 * "input skip" of NCSN++, Song et al. 2021 (arXiv:2011.13456), appendix H.
 */
final class SkipDownBlock {
    private SkipDownBlock() {}

    /**
     * What a level gives.
     *
     * @param hidden [N, channels, H', W']
     * @param image the image at that size
     */
    record Result(ShapedVariable hidden, ShapedVariable image) {}

    static Result apply(
            UNetConfig config,
            ParameterScope scope,
            int level,
            ShapedVariable x,
            ShapedVariable embedding,
            ShapedVariable context,
            ShapedVariable image,
            Deque<ShapedVariable> skips) {
        DownBlockType type = config.downBlockTypes().get(level);
        int channels = config.blockOutChannels().get(level);
        ResnetBlock resnet = ResnetBlock.of(config, channels);
        for (int layer = 0; layer < config.layersPerBlock(); layer++) {
            int groups = UNetConfig.skipBlockGroups((int) x.size(1));
            x = resnet.inSkipLevel(groups).apply(scope.child("resnets." + layer), x, embedding);
            if (type.attends()) {
                x = Attentions.apply(config, scope, layer, x, context, 32, Math.sqrt(2));
            }
            skips.push(x);
        }
        if (level == config.levels() - 1) {
            return new Result(x, image);
        }
        x = resnet.inSkipLevel(UNetConfig.skipBlockGroups(channels))
                .resampling(ResnetBlock.Resampling.FIR_DOWN, true)
                .apply(scope.child("resnet_down"), x, embedding);
        ShapedVariable smaller = scope.ops().firDownsample(image);
        ShapedVariable projected = scope.conv2d("skip_conv", smaller, channels, 1);
        x = x.with(projected.variable().add(x.variable()));
        skips.push(x);
        return new Result(x, smaller);
    }
}
