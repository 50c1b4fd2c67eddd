package org.diffusion4j.graph.block;

import org.diffusion4j.graph.build.ShapedVariable;

/**
 * What a block's output depends on beside the image.
 *
 * @param embedding of timestep and class, [N, D]; null where none enters
 * @param context that attention looks at beside the image, [N, L, D]; null for none
 */
public record Conditions(ShapedVariable embedding, ShapedVariable context) {}
