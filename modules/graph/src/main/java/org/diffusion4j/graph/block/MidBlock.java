package org.diffusion4j.graph.block;

import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;

/**
 * The bottleneck: a residual block, attention, a residual block.
 *
 * @param resnet used for both residual blocks
 * @param attention what stands between them; null for nothing
 */
public record MidBlock(ResnetBlock resnet, AttentionBlock attention) {
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
        if (attention != null) {
            y = attention.applyInLevel(scope, 0, y, conditions.context());
        }
        return resnet.apply(scope.child("resnets.1"), y, conditions.embedding());
    }
}
