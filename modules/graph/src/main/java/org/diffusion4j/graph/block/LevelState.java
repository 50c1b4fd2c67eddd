package org.diffusion4j.graph.block;

import org.diffusion4j.graph.build.ShapedVariable;

/**
 * What goes from one level to the next.
 *
 * @param hidden the hidden state, [N, C, H, W]
 * @param image what FIR skip blocks carry in addition: in the encoder the network's input at this size, in the decoder the
 *     network's output so far, which is null before the first level that adds to it
 */
public record LevelState(ShapedVariable hidden, ShapedVariable image) {}
