package org.diffusion4j.graph.block;

import java.util.Deque;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;

/** A level of a U-Net's encoder or decoder. */
public sealed interface LevelBlock permits DownBlock, SkipDownBlock, UpBlock, SkipUpBlock {
    /**
     * Adds the level to the graph.
     *
     * @param scope the level's name and parameters
     * @param state what the level before it gives
     * @param conditions what it depends on beside that
     * @param skips the encoder pushes what the decoder pops: each layer's output, and each downsampled one
     * @return what the next level gets
     */
    LevelState apply(ParameterScope scope, LevelState state, Conditions conditions, Deque<ShapedVariable> skips);
}
