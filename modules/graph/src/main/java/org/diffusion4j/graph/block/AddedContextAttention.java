package org.diffusion4j.graph.block;

import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Attentions;
import org.diffusion4j.graph.op.FeedForward;
import org.diffusion4j.graph.op.NormSpec;
import org.diffusion4j.graph.op.Norms;
import org.diffusion4j.graph.option.CrossAttentionNorm;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * Attention of an image's positions to the context and to each other at once, as diffusers' {@code AttnAddedKVProcessor} has it:
 * the keys and values of the context come first, then those of the image. The input is added.
 *
 * @param spec the projections
 * @param norm the image's norm
 * @param contextNorm how the context is normalised; null for not at all
 * @param onlyContext whether the image's own keys are left out
 */
public record AddedContextAttention(
        AttentionSpec spec, NormSpec norm, CrossAttentionNorm contextNorm, boolean onlyContext)
        implements LevelAttention {
    private static final double CONTEXT_NORM_EPS = 1e-5;
    /** Groups of the context's group norm, whatever norm_num_groups says. */
    public static final int CONTEXT_GROUPS = 32;

    @Override
    public ShapedVariable apply(ParameterScope level, int layer, ShapedVariable x, Conditions conditions) {
        ParameterScope scope = level.child("attentions." + layer);
        int inner = spec.heads() * spec.headDim();
        ShapedVariable context = normalized(scope.child("norm_cross"), conditions.context(), contextNorm);
        ShapedVariable image = Attentions.toSequence(Norms.norm(scope.child("group_norm"), x, norm));
        ShapedVariable query = FeedForward.linear(scope.child("to_q"), image, inner, spec.qkvBias());
        ShapedVariable key = FeedForward.linear(scope.child("add_k_proj"), context, inner, true);
        ShapedVariable value = FeedForward.linear(scope.child("add_v_proj"), context, inner, true);
        SDVariable bias = conditions.contextBias();
        if (!onlyContext) {
            key = joined(key, FeedForward.linear(scope.child("to_k"), image, inner, spec.qkvBias()));
            value = joined(value, FeedForward.linear(scope.child("to_v"), image, inner, spec.qkvBias()));
            bias = bias == null ? null : Attentions.seeing(bias, image.size(1));
        }
        ShapedVariable mixed = Attentions.attention(query, key, value, spec.heads(), bias, false);
        ShapedVariable y = Attentions.toImage(
                FeedForward.linear(scope.child("to_out.0"), mixed, x.size(1), true), x.size(2), x.size(3));
        return x.with(y.variable().add(x.variable()));
    }

    /**
     * A context whose norm belongs to the attention.
     *
     * @param scope the norm's name and parameters
     * @param context [N, L, D]
     * @param norm how it is normalised; null for not at all
     * @return the same shape
     */
    static ShapedVariable normalized(ParameterScope scope, ShapedVariable context, CrossAttentionNorm norm) {
        if (norm == null) {
            return context;
        }
        return switch (norm) {
            case LAYER_NORM -> Norms.layerNorm(scope, context, CONTEXT_NORM_EPS);
            case GROUP_NORM -> {
                SameDiff sd = context.sameDiff();
                ShapedVariable channels = new ShapedVariable(
                        sd.permute(context.variable(), 0, 2, 1), context.size(0), context.size(2), context.size(1));
                ShapedVariable y = Norms.groupNorm(scope, channels, CONTEXT_GROUPS, CONTEXT_NORM_EPS);
                yield context.with(sd.permute(y.variable(), 0, 2, 1));
            }
        };
    }

    /** Two sequences, one behind the other. */
    private static ShapedVariable joined(ShapedVariable a, ShapedVariable b) {
        return new ShapedVariable(
                a.sameDiff().concat(1, a.variable(), b.variable()), a.size(0), a.size(1) + b.size(1), a.size(2));
    }
}
