package org.diffusion4j.graph.block;

import static org.diffusion4j.Requirement.require;

import java.util.Locale;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.FeedForward;
import org.diffusion4j.graph.op.Modulation;
import org.diffusion4j.graph.op.Norms;

/**
 * A group norm without parameters, whose result the embedding scales and shifts, diffusers' {@code AdaGroupNorm}.
 *
 * @param channels of what is normalised
 * @param groups a divisor of the channels
 * @param eps added to the variance
 */
public record KNorm(int channels, int groups, double eps) {
    /** Checks the groups. */
    public KNorm {
        require(
                groups > 0 && channels % groups == 0,
                "block_out_channels",
                String.format(Locale.ROOT, "widths that the k-diffusion blocks' %d groups divide", groups),
                channels);
    }

    ShapedVariable apply(ParameterScope scope, ShapedVariable x, ShapedVariable embedding) {
        ShapedVariable numbers = FeedForward.linear(scope.child("linear"), embedding, 2L * channels, true);
        return Modulation.scaleShift(Norms.groupNorm(x, groups, null, null, eps), numbers);
    }
}
