package org.diffusion4j.graph.block;

import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Attentions;
import org.diffusion4j.graph.op.NormSpec;
import org.diffusion4j.graph.op.Norms;

/**
 * Attention of an image's positions to each other or to a context, diffusers' {@code Attention}: norm, projections,
 * heads, projection, plus the input.
 *
 * @param spec its projections
 * @param norm applied to the input; null for none
 * @param residual whether the input is added
 * @param outputScaleFactor the result is divided by it
 */
public record AttentionBlock(AttentionSpec spec, NormSpec norm, boolean residual, double outputScaleFactor)
        implements LevelAttention {
    /**
     * Adds the block to the graph.
     *
     * @param scope the block's name and parameters
     * @param x [N, C, H, W]
     * @param context [N, L, D]; null for self-attention
     * @return the same shape as x
     */
    public ShapedVariable apply(ParameterScope scope, ShapedVariable x, ShapedVariable context) {
        ShapedVariable normalized = norm == null ? x : Norms.norm(scope.child("group_norm"), x, norm);
        ShapedVariable attended =
                new SequenceAttention(spec).apply(scope, Attentions.toSequence(normalized), context, null);
        ShapedVariable image = Attentions.toImage(attended, x.size(2), x.size(3));
        ShapedVariable y = residual ? x.with(image.variable().add(x.variable())) : image;
        return outputScaleFactor == 1 ? y : y.with(y.variable().div(outputScaleFactor));
    }

    /** Attention first to the image itself, then to the context if there is one. */
    @Override
    public ShapedVariable apply(ParameterScope level, int layer, ShapedVariable x, Conditions conditions) {
        ShapedVariable y = apply(level.child("attentions." + layer), x, null);
        ShapedVariable context = conditions.context();
        return context == null ? y : apply(level.child("cross_attentions." + layer), y, context);
    }

    /**
     * This attention in a level whose other blocks may look at a context.
     *
     * @return attention to the image alone
     */
    public LevelAttention toTheImage() {
        return (level, layer, x, conditions) -> apply(level.child("attentions." + layer), x, null);
    }
}
