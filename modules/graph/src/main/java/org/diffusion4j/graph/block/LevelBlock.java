package org.diffusion4j.graph.block;

import java.util.Deque;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;

/** A level of a U-Net's encoder or decoder. */
public sealed interface LevelBlock permits DownBlock, SkipDownBlock, UpBlock, SkipUpBlock, KDownBlock, KUpBlock {
    /**
     * Adds the level to the graph.
     *
     * @param scope the level's name and parameters
     * @param state what the level before it gives
     * @param conditions what else it depends on
     * @param skips the outputs of the encoder's layers and downsamplers: the encoder pushes them, the decoder pops them
     * @return the next level's input
     */
    LevelState apply(ParameterScope scope, LevelState state, Conditions conditions, Deque<ShapedVariable> skips);
}
