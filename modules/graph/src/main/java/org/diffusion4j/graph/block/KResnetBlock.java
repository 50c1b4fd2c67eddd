package org.diffusion4j.graph.block;

import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Activations;
import org.diffusion4j.graph.op.Convolutions;
import org.diffusion4j.graph.op.Dropout;
import org.diffusion4j.graph.option.Activation;

/**
 * A residual block of k-diffusion, diffusers' {@code ResnetBlockCondNorm2D}: the embedding enters by both norms.
 *
 * @param norm1 the norm of the input
 * @param norm2 the norm between the convolutions
 * @param out channels of the result
 * @param activation after each norm
 * @param dropout the share of activations dropped before the second convolution, in [0, 1)
 */
public record KResnetBlock(KNorm norm1, KNorm norm2, int out, Activation activation, double dropout) {
    /** How many channels a group of the norms has. */
    public static final int GROUP = 32;

    /**
     * A block between levels of given widths.
     *
     * @param in channels of the input
     * @param middle channels between the convolutions
     * @param groups2 groups of the norm between them
     * @param out channels of the result
     * @param eps added to the variance
     * @param activation after each norm
     * @param dropout see the record
     * @return the block
     * @throws IllegalArgumentException if a norm's groups don't divide its channels
     */
    public static KResnetBlock of(
            int in, int middle, int groups2, int out, double eps, Activation activation, double dropout) {
        return new KResnetBlock(
                new KNorm(in, in / GROUP, eps), new KNorm(middle, groups2, eps), out, activation, dropout);
    }

    /**
     * Adds the block to the graph.
     *
     * @param scope its name and parameters
     * @param x [N, in, H, W]
     * @param embedding [N, D]
     * @return [N, out, H, W]
     */
    ShapedVariable apply(ParameterScope scope, ShapedVariable x, ShapedVariable embedding) {
        ShapedVariable h = Activations.activation(activation, norm1.apply(scope.child("norm1"), x, embedding));
        h = Convolutions.conv2d(scope.child("conv1"), h, norm2.channels(), 3);
        h = Activations.activation(activation, norm2.apply(scope.child("norm2"), h, embedding));
        h = Convolutions.conv2d(scope.child("conv2"), Dropout.dropout(scope, h, dropout), out, 3);
        ShapedVariable input = x;
        if (x.size(1) != out) {
            ParameterScope shortcut = scope.child("conv_shortcut");
            input = Convolutions.conv2d(x, shortcut.weight(x.size(1), out, x.size(1), 1, 1), null, 1, 0);
        }
        return h.with(input.variable().add(h.variable()));
    }
}
