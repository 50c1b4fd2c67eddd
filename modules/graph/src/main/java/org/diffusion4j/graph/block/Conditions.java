package org.diffusion4j.graph.block;

import org.diffusion4j.graph.build.ShapedVariable;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * What a block's output depends on besides the image.
 *
 * @param embedding the embedding of timestep and class, [N, D]; null if the block takes none
 * @param context the sequence that attention looks at besides the image, [N, L, D]; null for none
 * @param contextBias what is added to the scores of each of the context's positions, [N, L]; null for nothing
 */
public record Conditions(ShapedVariable embedding, ShapedVariable context, SDVariable contextBias) {
    /**
     * Conditions whose context is seen as a whole.
     *
     * @param embedding see the record
     * @param context see the record
     */
    public Conditions(ShapedVariable embedding, ShapedVariable context) {
        this(embedding, context, null);
    }
}
