package org.diffusion4j.graph.block;

import java.util.Deque;
import java.util.List;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Activations;
import org.diffusion4j.graph.op.Channels;
import org.diffusion4j.graph.op.Convolutions;
import org.diffusion4j.graph.op.FirResampling;
import org.diffusion4j.graph.op.NormSpec;
import org.diffusion4j.graph.op.Norms;

/**
 * A level of the decoder with FIR resampling, which adds its part to the output image: the
 * "output skip" of NCSN++, Song et al. 2021 (arXiv:2011.13456), appendix H.
 *
 * @param resnets the residual blocks
 * @param attention what follows the last of them; null for nothing
 * @param upsampler the end of the level; null in the last one
 */
public record SkipUpBlock(List<ResnetBlock> resnets, AttentionBlock attention, ImageUpsampler upsampler)
        implements LevelBlock {
    /**
     * The end of a level that isn't the last.
     *
     * @param resnet the residual block that doubles the size
     * @param norm the norm before the convolution that adds to the image
     * @param imageChannels channels of the image
     */
    public record ImageUpsampler(ResnetBlock resnet, NormSpec norm, int imageChannels) {}

    @Override
    public LevelState apply(
            ParameterScope scope, LevelState state, Conditions conditions, Deque<ShapedVariable> skips) {
        ShapedVariable x = state.hidden();
        for (int layer = 0; layer < resnets.size(); layer++) {
            ShapedVariable in = Channels.concat(x, skips.pop());
            x = resnets.get(layer).apply(scope.child("resnets." + layer), in, conditions.embedding());
        }
        if (attention != null) {
            x = attention.apply(scope, 0, x, conditions);
        }
        ShapedVariable larger = state.image() == null ? null : FirResampling.twice(state.image());
        if (upsampler == null) {
            return new LevelState(x, larger);
        }
        ShapedVariable states = Activations.silu(Norms.norm(scope.child("skip_norm"), x, upsampler.norm()));
        ShapedVariable added = Convolutions.conv2d(scope.child("skip_conv"), states, upsampler.imageChannels(), 3);
        larger = larger == null ? added : larger.with(larger.variable().add(added.variable()));
        x = upsampler.resnet().apply(scope.child("resnet_up"), x, conditions.embedding());
        return new LevelState(x, larger);
    }
}
