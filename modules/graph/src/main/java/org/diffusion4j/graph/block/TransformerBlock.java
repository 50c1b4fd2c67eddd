package org.diffusion4j.graph.block;

import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.FeedForward;
import org.diffusion4j.graph.op.Norms;

/**
 * A layer of a transformer, diffusers' {@code BasicTransformerBlock}: attention of the sequence to itself, attention to the
 * context, a gated feed-forward layer. Each has a layer norm before it and is added to what enters it.
 *
 * @param spec the projections of both attentions
 * @param onlyContext whether the first attention looks at the context, too
 */
public record TransformerBlock(AttentionSpec spec, boolean onlyContext) {
    private static final double NORM_EPS = 1e-5;
    /** How many times wider the feed-forward layer is. */
    private static final int WIDENING = 4;

    /**
     * Adds the layer to the graph.
     *
     * @param scope its name and parameters
     * @param x [N, S, C]
     * @param conditions with a context
     * @return the same shape
     */
    ShapedVariable apply(ParameterScope scope, ShapedVariable x, Conditions conditions) {
        SequenceAttention attention = new SequenceAttention(spec);
        ShapedVariable context = conditions.context();
        // As in diffusers, the mask of the context is for the second attention alone.
        ShapedVariable y = sum(
                x, attention.apply(scope.child("attn1"), norm(scope, "norm1", x), onlyContext ? context : null, null));
        y = sum(y, attention.apply(scope.child("attn2"), norm(scope, "norm2", y), context, conditions.contextBias()));
        ShapedVariable gated =
                FeedForward.geglu(scope.child("ff.net.0.proj"), norm(scope, "norm3", y), WIDENING * y.size(2));
        return sum(y, FeedForward.linear(scope.child("ff.net.2"), gated, y.size(2), true));
    }

    private static ShapedVariable norm(ParameterScope scope, String name, ShapedVariable x) {
        return Norms.layerNorm(scope.child(name), x, NORM_EPS);
    }

    private static ShapedVariable sum(ShapedVariable x, ShapedVariable y) {
        return x.with(y.variable().add(x.variable()));
    }
}
