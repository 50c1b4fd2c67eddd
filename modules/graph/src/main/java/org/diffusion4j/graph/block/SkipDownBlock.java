package org.diffusion4j.graph.block;

import java.util.Deque;
import java.util.List;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Convolutions;
import org.diffusion4j.graph.op.FirResampling;

/**
 * A level of the encoder with FIR resampling, to which the image itself is added, filtered down to the level's size: the
 * "input skip" of NCSN++, Song et al. 2021 (arXiv:2011.13456), appendix H.
 *
 * @param resnets the residual blocks
 * @param attention what follows each of them; null for nothing
 * @param downsampler the residual block that halves the size; null in the last level
 */
public record SkipDownBlock(List<ResnetBlock> resnets, AttentionBlock attention, ResnetBlock downsampler)
        implements LevelBlock {
    @Override
    public LevelState apply(
            ParameterScope scope, LevelState state, Conditions conditions, Deque<ShapedVariable> skips) {
        ShapedVariable x = state.hidden();
        for (int layer = 0; layer < resnets.size(); layer++) {
            x = resnets.get(layer).apply(scope.child("resnets." + layer), x, conditions.embedding());
            if (attention != null) {
                x = attention.apply(scope, layer, x, conditions);
            }
            skips.push(x);
        }
        if (downsampler == null) {
            return new LevelState(x, state.image());
        }
        x = downsampler.apply(scope.child("resnet_down"), x, conditions.embedding());
        ShapedVariable smaller = FirResampling.half(state.image());
        ShapedVariable projected = Convolutions.conv2d(scope.child("skip_conv"), smaller, x.size(1), 1);
        x = x.with(projected.variable().add(x.variable()));
        skips.push(x);
        return new LevelState(x, smaller);
    }
}
