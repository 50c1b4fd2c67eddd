package org.diffusion4j.graph.block;

import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;

/** What follows each residual block of a level. */
@FunctionalInterface
public interface LevelAttention {
    /**
     * Adds it to the graph.
     *
     * @param level the level's name and parameters
     * @param layer the number of the residual block that it follows, from 0 on
     * @param x [N, C, H, W]
     * @param conditions what else it depends on
     * @return the same shape
     */
    ShapedVariable apply(ParameterScope level, int layer, ShapedVariable x, Conditions conditions);
}
