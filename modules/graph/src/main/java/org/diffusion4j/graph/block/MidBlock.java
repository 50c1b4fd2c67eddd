package org.diffusion4j.graph.block;

import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;

/**
 * The bottleneck: a residual block, then pairs of attention and a residual block.
 *
 * @param resnet used for all residual blocks
 * @param attention what stands between them; null for nothing
 * @param pairs how many pairs there are, from 0 on
 */
public record MidBlock(ResnetBlock resnet, LevelAttention attention, int pairs) {
    /**
     * The usual bottleneck, which has one pair.
     *
     * @param resnet see the record
     * @param attention see the record
     */
    public MidBlock(ResnetBlock resnet, LevelAttention attention) {
        this(resnet, attention, 1);
    }

    /**
     * Adds the bottleneck to the graph.
     *
     * @param scope its name and parameters
     * @param x [N, C, H, W]
     * @param conditions what else it depends on
     * @return the same shape
     */
    public ShapedVariable apply(ParameterScope scope, ShapedVariable x, Conditions conditions) {
        ShapedVariable y = resnet.apply(scope.child("resnets.0"), x, conditions.embedding());
        for (int pair = 0; pair < pairs; pair++) {
            if (attention != null) {
                y = attention.apply(scope, pair, y, conditions);
            }
            y = resnet.apply(scope.child("resnets." + (pair + 1)), y, conditions.embedding());
        }
        return y;
    }
}
