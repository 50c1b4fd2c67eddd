package org.diffusion4j.graph.block;

import org.diffusion4j.graph.build.ShapedVariable;

/**
 * What a block's output depends on besides the image.
 *
 * @param embedding the embedding of timestep and class, [N, D]; null if the block takes none
 * @param context the sequence that attention looks at besides the image, [N, L, D]; null for none
 */
public record Conditions(ShapedVariable embedding, ShapedVariable context) {}
