package org.diffusion4j.graph.block;

import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Attentions;
import org.diffusion4j.graph.op.FeedForward;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * Attention of a sequence to itself or to a context of another length and width: projections, heads, projection.
 *
 * @param spec its projections
 */
public record SequenceAttention(AttentionSpec spec) {
    /**
     * Adds the attention to the graph.
     *
     * @param scope the layer's name and parameters
     * @param x [N, S, C]
     * @param context [N, L, D]; null for self-attention
     * @param keyBias what is added to the scores of each key, [N, L]; null for none
     * @return [N, S, C]
     */
    public ShapedVariable apply(ParameterScope scope, ShapedVariable x, ShapedVariable context, SDVariable keyBias) {
        ShapedVariable source = context == null ? x : context;
        int inner = spec.heads() * spec.headDim();
        ShapedVariable query = FeedForward.linear(scope.child("to_q"), x, inner, spec.qkvBias());
        ShapedVariable key = FeedForward.linear(scope.child("to_k"), source, inner, spec.qkvBias());
        ShapedVariable value = FeedForward.linear(scope.child("to_v"), source, inner, spec.qkvBias());
        ShapedVariable mixed = Attentions.attention(query, key, value, spec.heads(), keyBias, false);
        return FeedForward.linear(scope.child("to_out.0"), mixed, x.size(2), true);
    }
}
