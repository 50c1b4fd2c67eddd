package org.diffusion4j.graph;

import java.util.function.UnaryOperator;

/**
 * A residual block, diffusers' {@code ResnetBlock2D}: norm, activation, convolution; the time embedding; norm,
 * activation, dropout, convolution; plus the input. A block may resample, both its input and its hidden state, after
 * the first activation.
 *
 * @param outChannels channels of the result
 * @param groups of the first norm
 * @param groupsOut of the second norm
 * @param eps of the norms
 * @param normType of the norms
 * @param activation of the hidden state and of the embedding
 * @param injection how the embedding enters
 * @param skipTimeAct whether the embedding enters as it is, without the activation
 * @param dropout share dropped before the last convolution
 * @param outputScaleFactor divides the result
 * @param resampling what happens to the size
 * @param convShortcut whether the input passes a 1×1 convolution even where the channels are the same
 * @param residual whether the input is added
 */
public record ResnetBlock(
        int outChannels,
        int groups,
        int groupsOut,
        double eps,
        NormType normType,
        Activation activation,
        TimeInjection injection,
        boolean skipTimeAct,
        double dropout,
        double outputScaleFactor,
        Resampling resampling,
        boolean convShortcut,
        boolean residual) {

    /** What a residual block does to the size. */
    public enum Resampling {
        /** Nothing. */
        NONE,
        /** Halves it by average pooling. */
        AVG_POOL,
        /** Doubles it by nearest neighbour. */
        NEAREST,
        /** Halves it by a binomial filter. */
        FIR_DOWN,
        /** Doubles it by a binomial filter. */
        FIR_UP
    }

    /**
     * A block as the network's configuration has it.
     *
     * @param config norms, activation, time injection, dropout
     * @param outChannels channels of the result
     * @return a block that keeps the size
     */
    static ResnetBlock of(UNetConfig config, int outChannels) {
        int groups = config.normNumGroups() != null ? config.normNumGroups() : UNetConfig.skipBlockGroups(outChannels);
        return new ResnetBlock(
                outChannels,
                groups,
                groups,
                config.normEps(),
                config.normType(),
                config.actFn(),
                config.resnetTimeScaleShift(),
                false,
                config.dropout(),
                1,
                Resampling.NONE,
                false,
                config.resnetResidual());
    }

    /**
     * A block of a FIR skip level: groups by its own widths, the result over √2.
     *
     * @param groups of the first norm
     * @return the block
     */
    ResnetBlock inSkipLevel(int groups) {
        return changed(groups, UNetConfig.skipBlockGroups(outChannels), Math.sqrt(2), resampling, convShortcut);
    }

    /**
     * The same block with another size of its result.
     *
     * @param resampling what happens to the size
     * @param convShortcut whether the input passes a 1×1 convolution in any case
     * @return the block
     */
    ResnetBlock resampling(Resampling resampling, boolean convShortcut) {
        return changed(groups, groupsOut, outputScaleFactor, resampling, convShortcut);
    }

    /**
     * The same block with another divisor of its result.
     *
     * @param factor above 0
     * @return the block
     */
    ResnetBlock outputScaleFactor(double factor) {
        return changed(groups, groupsOut, factor, resampling, convShortcut);
    }

    private ResnetBlock changed(int first, int second, double factor, Resampling size, boolean shortcut) {
        return new ResnetBlock(
                outChannels,
                first,
                second,
                eps,
                normType,
                activation,
                injection,
                skipTimeAct,
                dropout,
                factor,
                size,
                shortcut,
                residual);
    }

    /**
     * Adds the block to the graph.
     *
     * @param scope the block's name and parameters
     * @param x [N, in, H, W]
     * @param embedding [N, D]; null for a block that no embedding enters
     * @return [N, out, H', W']
     */
    public ShapedVariable apply(ParameterScope scope, ShapedVariable x, ShapedVariable embedding) {
        SDDiffusion ops = scope.ops();
        UnaryOperator<ShapedVariable> resample = resampler(ops);

        ShapedVariable h = ops.activation(activation, scope.norm("norm1", x, normType, groups, eps));
        ShapedVariable input = resample.apply(x);
        h = scope.conv2d("conv1", resample.apply(h), outChannels, 3);

        ShapedVariable time = embedding == null ? null : project(scope, embedding);
        if (time != null && injection == TimeInjection.ADD) {
            h = ops.addEmbedding(h, time);
        }
        h = scope.norm("norm2", h, normType, groupsOut, eps);
        if (time != null && injection == TimeInjection.SCALE_SHIFT) {
            h = ops.scaleShift(h, time);
        }
        if (time != null && injection == TimeInjection.FILM) {
            ShapedVariable[] gammaBeta = ops.halves(time);
            h = ops.film(h, gammaBeta[0], gammaBeta[1]);
        }
        h = scope.dropout(ops.activation(activation, h), dropout);
        if (time != null && injection == TimeInjection.CONCAT) {
            h = ops.concatEmbedding(h, time);
        }
        h = scope.conv2d("conv2", h, outChannels, 3);

        if (residual) {
            if (convShortcut || x.size(1) != outChannels) {
                input = scope.conv2d("conv_shortcut", input, outChannels, 1);
            }
            h = h.with(input.variable().add(h.variable()));
        }
        return outputScaleFactor == 1 ? h : h.with(h.variable().div(outputScaleFactor));
    }

    private ShapedVariable project(ParameterScope scope, ShapedVariable embedding) {
        ShapedVariable activated = skipTimeAct ? embedding : scope.ops().activation(activation, embedding);
        int width = injection == TimeInjection.SCALE_SHIFT || injection == TimeInjection.FILM
                ? 2 * outChannels
                : outChannels;
        return scope.linear("time_emb_proj", activated, width, true);
    }

    private UnaryOperator<ShapedVariable> resampler(SDDiffusion ops) {
        return switch (resampling) {
            case NONE -> x -> x;
            case AVG_POOL -> ops::avgPool;
            case NEAREST -> ops::upsampleNearest;
            case FIR_DOWN -> ops::firDownsample;
            case FIR_UP -> ops::firUpsample;
        };
    }
}
