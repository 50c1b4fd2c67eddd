package org.diffusion4j.graph.block;

import java.util.Deque;
import java.util.List;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;

/**
 * A level of the encoder: residual blocks, attention, downsampling.
 *
 * @param resnets the residual blocks
 * @param attention what follows each of them; null for nothing
 * @param downsampler the end of the level; null in the last one
 */
public record DownBlock(List<ResnetBlock> resnets, LevelAttention attention, Downsampler downsampler)
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
        if (downsampler != null) {
            x = downsampler.apply(scope.child("downsamplers.0"), x, conditions.embedding());
            skips.push(x);
        }
        return new LevelState(x, state.image());
    }
}
