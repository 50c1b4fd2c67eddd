package org.diffusion4j.graph.block;

import org.diffusion4j.graph.build.Initial;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Attentions;
import org.diffusion4j.graph.op.FeedForward;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * A sequence's mean that looks at the sequence, as in Radford et al. 2021 (arXiv:2103.00020), section 2.4.
 *
 * @param heads a divisor of the sequence's width
 */
public record AttentionPooling(int heads) {
    /**
     * Adds the pooling to the graph.
     *
     * @param scope its name and parameters
     * @param x [N, L, D]
     * @return [N, D]
     */
    public ShapedVariable apply(ParameterScope scope, ShapedVariable x) {
        SameDiff sd = x.sameDiff();
        long width = x.size(2);
        Initial initial = new Initial.Normal(1 / Math.sqrt((double) width));
        SDVariable position = scope.parameter("positional_embedding", initial, true, 1, width);
        SDVariable mean = sd.mean(x.variable(), true, 1).add(position);
        ShapedVariable query = new ShapedVariable(mean, x.size(0), 1, width);
        ShapedVariable all = new ShapedVariable(sd.concat(1, mean, x.variable()), x.size(0), x.size(1) + 1, width);
        ShapedVariable mixed = Attentions.attention(
                FeedForward.linear(scope.child("q_proj"), query, width, true),
                FeedForward.linear(scope.child("k_proj"), all, width, true),
                FeedForward.linear(scope.child("v_proj"), all, width, true),
                heads);
        return new ShapedVariable(sd.reshape(mixed.variable(), -1, width), x.size(0), width);
    }
}
