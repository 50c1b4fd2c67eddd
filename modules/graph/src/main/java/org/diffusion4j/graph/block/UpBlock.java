package org.diffusion4j.graph.block;

import java.util.Deque;
import java.util.List;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Channels;

/**
 * A level of the decoder: residual blocks, each of which takes the hidden state and one of the encoder's outputs;
 * attention; upsampling.
 *
 * @param resnets the residual blocks
 * @param attention what follows each of them; null for nothing
 * @param upsampler the end of the level; null in the last one
 * @param skipConnections whether the encoder's outputs are used
 */
public record UpBlock(List<ResnetBlock> resnets, LevelAttention attention, Upsampler upsampler, boolean skipConnections)
        implements LevelBlock {
    @Override
    public LevelState apply(
            ParameterScope scope, LevelState state, Conditions conditions, Deque<ShapedVariable> skips) {
        ShapedVariable x = state.hidden();
        for (int layer = 0; layer < resnets.size(); layer++) {
            ShapedVariable skip = skips.pop();
            ShapedVariable in = skipConnections ? Channels.concat(x, skip) : x;
            x = resnets.get(layer).apply(scope.child("resnets." + layer), in, conditions.embedding());
            if (attention != null) {
                x = attention.apply(scope, layer, x, conditions);
            }
        }
        if (upsampler != null) {
            x = upsampler.apply(scope.child("upsamplers.0"), x, conditions.embedding(), skips.peek());
        }
        return new LevelState(x, state.image());
    }
}
