package org.diffusion4j.graph.block;

import java.util.List;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Attentions;
import org.diffusion4j.graph.op.Convolutions;
import org.diffusion4j.graph.op.FeedForward;
import org.diffusion4j.graph.op.Norms;

/**
 * A transformer over an image's positions that reads a context, diffusers' {@code Transformer2DModel}: Rombach et al. 2022
 * (arXiv:2112.10752), section 3.3. A group norm and a projection, layers, a projection, plus the input.
 *
 * @param block each of its layers
 * @param groups groups of the norm
 * @param linear whether the projections are linear layers rather than 1×1 convolutions; both compute the same
 * @param layers how many layers the transformer after each residual block has; a single number holds for all
 */
public record ImageTransformer(TransformerBlock block, int groups, boolean linear, List<Integer> layers)
        implements LevelAttention {
    /** Whatever norm_eps says. */
    private static final double NORM_EPS = 1e-6;

    /** Keeps a copy. */
    public ImageTransformer {
        layers = List.copyOf(layers);
    }

    @Override
    public ShapedVariable apply(ParameterScope level, int layer, ShapedVariable x, Conditions conditions) {
        ParameterScope scope = level.child("attentions." + layer);
        int inner = block.spec().heads() * block.spec().headDim();
        ShapedVariable normalized = Norms.groupNorm(scope.child("norm"), x, groups, NORM_EPS);
        ShapedVariable y = linear
                ? FeedForward.linear(scope.child("proj_in"), Attentions.toSequence(normalized), inner, true)
                : Attentions.toSequence(Convolutions.conv2d(scope.child("proj_in"), normalized, inner, 1));
        int depth = layers.get(layers.size() == 1 ? 0 : layer);
        for (int i = 0; i < depth; i++) {
            y = block.apply(scope.child("transformer_blocks." + i), y, conditions);
        }
        ShapedVariable image = linear
                ? Attentions.toImage(
                        FeedForward.linear(scope.child("proj_out"), y, x.size(1), true), x.size(2), x.size(3))
                : Convolutions.conv2d(
                        scope.child("proj_out"), Attentions.toImage(y, x.size(2), x.size(3)), x.size(1), 1);
        return x.with(image.variable().add(x.variable()));
    }
}
