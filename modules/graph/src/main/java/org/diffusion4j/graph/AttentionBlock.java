package org.diffusion4j.graph;

/**
 * Attention of an image's positions to each other or to a context, diffusers' {@code Attention}: norm, projections,
 * heads, projection, plus the input.
 *
 * @param heads number of heads
 * @param headDim width of a head; heads·headDim may differ from the channels
 * @param groups of the group norm; null for no norm
 * @param eps of the norm
 * @param normType of the norm
 * @param qkvBias whether query, key and value have biases
 * @param residual whether the input is added
 * @param rescaleOutputFactor divides the result
 */
public record AttentionBlock(
        int heads,
        int headDim,
        Integer groups,
        double eps,
        NormType normType,
        boolean qkvBias,
        boolean residual,
        double rescaleOutputFactor) {

    /**
     * Attention as the network's configuration has it.
     *
     * @param config heads and norm
     * @param channels the level's width
     * @param groups of the group norm; null for no norm
     * @param factor divides the result
     * @return the block
     */
    static AttentionBlock of(UNetConfig config, int channels, Integer groups, double factor) {
        return new AttentionBlock(
                config.heads(channels),
                config.headDim(channels),
                groups,
                config.normEps(),
                config.normType(),
                true,
                true,
                factor);
    }

    /**
     * Adds the block to the graph.
     *
     * @param scope the block's name and parameters
     * @param x [N, C, H, W]
     * @param context [N, L, D]; null for self-attention
     * @return the same shape as x
     */
    public ShapedVariable apply(ParameterScope scope, ShapedVariable x, ShapedVariable context) {
        SDDiffusion ops = scope.ops();
        ShapedVariable normalized = groups == null ? x : scope.norm("group_norm", x, normType, groups, eps);
        ShapedVariable attended = attend(scope, ops.toSequence(normalized), context);
        ShapedVariable image = ops.toImage(attended, x.size(2), x.size(3));
        ShapedVariable y = residual ? x.with(image.variable().add(x.variable())) : image;
        return rescaleOutputFactor == 1 ? y : y.with(y.variable().div(rescaleOutputFactor));
    }

    /** The attention itself, [N, S, C], without norm and residual. */
    private ShapedVariable attend(ParameterScope scope, ShapedVariable x, ShapedVariable context) {
        ShapedVariable source = context == null ? x : context;
        int inner = heads * headDim;
        ShapedVariable query = scope.linear("to_q", x, inner, qkvBias);
        ShapedVariable key = scope.linear("to_k", source, inner, qkvBias);
        ShapedVariable value = scope.linear("to_v", source, inner, qkvBias);
        return scope.linear("to_out.0", scope.ops().attention(query, key, value, heads), x.size(2), true);
    }
}
