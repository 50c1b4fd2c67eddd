package org.diffusion4j.graph.block;

import java.util.Deque;
import java.util.List;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Channels;
import org.diffusion4j.graph.op.Resampling;

/**
 * A level of k-diffusion's decoder: residual blocks, of which the first takes the last skip connection of the encoder's level,
 * attention, a fixed filter that doubles the size. The level's other skip connections aren't used.
 *
 * @param resnets the residual blocks
 * @param attentions what follows each of them; empty for nothing
 * @param joins whether the first block takes a skip connection
 * @param doubles whether the size is doubled; false in the last level
 */
public record KUpBlock(List<KResnetBlock> resnets, List<KAttention> attentions, boolean joins, boolean doubles)
        implements LevelBlock {
    @Override
    public LevelState apply(
            ParameterScope scope, LevelState state, Conditions conditions, Deque<ShapedVariable> skips) {
        ShapedVariable x = state.hidden();
        for (int layer = 0; layer < resnets.size(); layer++) {
            ShapedVariable skip = skips.pop();
            if (layer == 0 && joins) {
                x = Channels.concat(x, skip);
            }
            x = resnets.get(layer).apply(scope.child("resnets." + layer), x, conditions.embedding());
            if (!attentions.isEmpty()) {
                x = attentions.get(layer).apply(scope.child("attentions." + layer), x, conditions);
            }
        }
        return new LevelState(doubles ? Resampling.twiceByMirror(x) : x, state.image());
    }
}
