package org.diffusion4j.graph.cliptext;

import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Attentions;
import org.diffusion4j.graph.op.FeedForward;
import org.diffusion4j.graph.op.Norms;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * A block of the encoder, transformers' {@code CLIPEncoderLayer}: norm and causal attention, norm and two linear layers, each
 * plus its input.
 *
 * @param heads a divisor of the width
 * @param hidden width between the linear layers
 * @param activation what stands between them
 * @param eps added to the variance in the norms
 */
record ClipTextBlock(int heads, int hidden, ClipActivation activation, double eps) {
    /**
     * Adds the block to the graph.
     *
     * @param scope the block's name and parameters
     * @param x [N, L, C]
     * @param keyBias what is added to the scores of each key, [N, L]; null for none
     * @return [N, L, C]
     */
    ShapedVariable apply(ParameterScope scope, ShapedVariable x, SDVariable keyBias) {
        ShapedVariable attended = attention(scope.child("self_attn"), norm(scope.child("layer_norm1"), x), keyBias);
        ShapedVariable y = x.with(x.variable().add(attended.variable()));
        ShapedVariable fed = mlp(scope.child("mlp"), norm(scope.child("layer_norm2"), y));
        return y.with(y.variable().add(fed.variable()));
    }

    private ShapedVariable norm(ParameterScope scope, ShapedVariable x) {
        return Norms.layerNorm(x, scope.weightOfOnes(x.size(-1)), scope.biasOfZeros(x.size(-1)), eps);
    }

    private ShapedVariable attention(ParameterScope scope, ShapedVariable x, SDVariable keyBias) {
        long width = x.size(-1);
        ShapedVariable query = FeedForward.linear(scope.child("q_proj"), x, width, true);
        ShapedVariable key = FeedForward.linear(scope.child("k_proj"), x, width, true);
        ShapedVariable value = FeedForward.linear(scope.child("v_proj"), x, width, true);
        ShapedVariable mixed = Attentions.attention(query, key, value, heads, keyBias, true);
        return FeedForward.linear(scope.child("out_proj"), mixed, width, true);
    }

    private ShapedVariable mlp(ParameterScope scope, ShapedVariable x) {
        ShapedVariable wide = FeedForward.linear(scope.child("fc1"), x, hidden, true);
        return FeedForward.linear(scope.child("fc2"), activation.apply(wide), x.size(-1), true);
    }
}
