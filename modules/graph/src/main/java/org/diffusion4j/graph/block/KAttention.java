package org.diffusion4j.graph.block;

import static org.diffusion4j.Requirement.require;

import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Attentions;
import org.diffusion4j.graph.option.CrossAttentionNorm;

/**
 * Attention of k-diffusion, diffusers' {@code KAttentionBlock}: to the image itself, if asked for, and to the context. The
 * embedding enters by the norms before them.
 *
 * @param norm of both attentions
 * @param spec the projections of both
 * @param toItself whether there is attention to the image itself
 */
public record KAttention(KNorm norm, AttentionSpec spec, boolean toItself) {
    private static final double NORM_EPS = 1e-5;

    /**
     * Attention at a width.
     *
     * @param channels of the image
     * @param headDim the width of a head
     * @param toItself see the record
     * @return the attention
     * @throws IllegalArgumentException if a head is wider than the channels, or the norm's groups don't divide them
     */
    public static KAttention of(int channels, int headDim, boolean toItself) {
        require(headDim <= channels, "attention_head_dim", "at most the width " + channels, headDim);
        KNorm norm = new KNorm(channels, Math.max(1, channels / KResnetBlock.GROUP), NORM_EPS);
        return new KAttention(norm, new AttentionSpec(channels / headDim, headDim, true), toItself);
    }

    /**
     * Adds the attention to the graph.
     *
     * @param scope its name and parameters
     * @param x [N, C, H, W]
     * @param conditions with a context
     * @return the same shape
     */
    ShapedVariable apply(ParameterScope scope, ShapedVariable x, Conditions conditions) {
        SequenceAttention attention = new SequenceAttention(spec);
        ShapedVariable y = x;
        if (toItself) {
            ShapedVariable sequence = normalized(scope.child("norm1"), y, conditions);
            y = sum(y, attention.apply(scope.child("attn1"), sequence, null, null));
        }
        ShapedVariable sequence = normalized(scope.child("norm2"), y, conditions);
        ParameterScope own = scope.child("attn2");
        ShapedVariable context = AddedContextAttention.normalized(
                own.child("norm_cross"), conditions.context(), CrossAttentionNorm.LAYER_NORM);
        return sum(y, attention.apply(own, sequence, context, conditions.contextBias()));
    }

    private ShapedVariable normalized(ParameterScope scope, ShapedVariable x, Conditions conditions) {
        return Attentions.toSequence(norm.apply(scope, x, conditions.embedding()));
    }

    private static ShapedVariable sum(ShapedVariable x, ShapedVariable sequence) {
        return x.with(
                Attentions.toImage(sequence, x.size(2), x.size(3)).variable().add(x.variable()));
    }
}
