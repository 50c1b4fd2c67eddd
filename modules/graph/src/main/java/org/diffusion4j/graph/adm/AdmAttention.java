package org.diffusion4j.graph.adm;

import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Attentions;
import org.diffusion4j.graph.op.FeedForward;
import org.diffusion4j.graph.op.Norms;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * Attention of an image's positions to each other: norm, one projection to queries, keys and values, heads, projection, plus the
 * input.
 *
 * @param heads a divisor of the image's channels
 * @param together whether the projection gives all queries, then all keys, then all values; otherwise it gives the three for each
 *     head in turn
 */
record AdmAttention(int heads, boolean together) {
    /** PyTorch's default. */
    static final double EPS = 1e-5;

    /**
     * Adds the block to the graph.
     *
     * @param scope its name and parameters
     * @param x [N, C, H, W]
     * @return the same shape
     */
    ShapedVariable apply(ParameterScope scope, ShapedVariable x) {
        ShapedVariable normalized = Norms.groupNorm(scope.child("norm"), x, AdmLevels.GROUPS, EPS);
        ShapedVariable sequence = Attentions.toSequence(normalized);
        ShapedVariable[] three =
                three(FeedForward.pointwise(scope.child("qkv"), sequence, 3 * x.size(1)), together ? 1 : heads);
        ShapedVariable attended = Attentions.attention(three[0], three[1], three[2], heads);
        ShapedVariable projected = FeedForward.pointwise(AdmNames.zeros(scope.child("proj_out")), attended, x.size(1));
        ShapedVariable image = Attentions.toImage(projected, x.size(2), x.size(3));
        return x.with(image.variable().add(x.variable()));
    }

    /**
     * Splits a sequence into queries, keys and values.
     *
     * @param x [N, S, groups·3·d], where each group has its queries, keys and values
     * @param groups how often the three alternate
     * @return [N, S, groups·d] three times
     */
    static ShapedVariable[] three(ShapedVariable x, int groups) {
        SameDiff sd = x.sameDiff();
        long width = x.size(2) / 3;
        SDVariable grouped = groups == 1 ? x.variable() : sd.reshape(x.variable(), -1, groups, x.size(2) / groups);
        ShapedVariable[] parts = new ShapedVariable[3];
        SDVariable[] split = sd.split(grouped, 3, 2);
        for (int i = 0; i < parts.length; i++) {
            SDVariable part = groups == 1 ? split[i] : sd.reshape(split[i], -1, x.size(1), width);
            parts[i] = new ShapedVariable(part, x.size(0), x.size(1), width);
        }
        return parts;
    }
}
