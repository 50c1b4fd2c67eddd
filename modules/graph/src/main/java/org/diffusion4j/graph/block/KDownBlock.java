package org.diffusion4j.graph.block;

import java.util.Deque;
import java.util.List;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Resampling;

/**
 * A level of k-diffusion's encoder: residual blocks, attention, a fixed filter that halves the size. Its skip connections are taken
 * before the filter.
 *
 * @param resnets the residual blocks
 * @param attention what follows each of them; null for nothing
 * @param halves whether the size is halved; false in the last level
 */
public record KDownBlock(List<KResnetBlock> resnets, KAttention attention, boolean halves) implements LevelBlock {
    @Override
    public LevelState apply(
            ParameterScope scope, LevelState state, Conditions conditions, Deque<ShapedVariable> skips) {
        ShapedVariable x = state.hidden();
        for (int layer = 0; layer < resnets.size(); layer++) {
            x = resnets.get(layer).apply(scope.child("resnets." + layer), x, conditions.embedding());
            if (attention != null) {
                x = attention.apply(scope.child("attentions." + layer), x, conditions);
            }
            skips.push(x);
        }
        return new LevelState(halves ? Resampling.halfByMirror(x) : x, state.image());
    }
}
