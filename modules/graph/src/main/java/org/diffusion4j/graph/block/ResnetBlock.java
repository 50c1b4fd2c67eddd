package org.diffusion4j.graph.block;

import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Activations;
import org.diffusion4j.graph.op.Channels;
import org.diffusion4j.graph.op.Convolutions;
import org.diffusion4j.graph.op.Dropout;
import org.diffusion4j.graph.op.FeedForward;
import org.diffusion4j.graph.op.FirResampling;
import org.diffusion4j.graph.op.Modulation;
import org.diffusion4j.graph.op.Norms;
import org.diffusion4j.graph.op.Resampling;
import org.diffusion4j.graph.option.TimeInjection;

/**
 * A residual block, diffusers' {@code ResnetBlock2D}: norm, activation, convolution; the time embedding; norm, activation,
 * dropout, convolution; plus the input. A block may resample its input and its hidden state after the first activation.
 *
 * @param spec what it computes
 * @param outChannels channels of the result
 * @param size what happens to height and width
 * @param shortcut what is added to the hidden state
 * @param outputScaleFactor the result is divided by it
 */
public record ResnetBlock(
        ResnetSpec spec, int outChannels, SizeChange size, Shortcut shortcut, double outputScaleFactor) {

    /** What a residual block does to height and width. */
    public enum SizeChange {
        /** Nothing. */
        SAME,
        /** Halves them by average pooling. */
        AVG_POOL,
        /** Doubles them by nearest neighbour. */
        NEAREST,
        /** Halves them by a binomial filter. */
        FIR_DOWN,
        /** Doubles them by a binomial filter. */
        FIR_UP
    }

    /** What a residual block adds to its hidden state. */
    public enum Shortcut {
        /** It adds nothing, so it isn't a residual block any more. */
        NONE,
        /** It adds the input, which passes a 1×1 convolution if it has another number of channels than the result. */
        INPUT,
        /** It always adds the input through a 1×1 convolution. */
        CONVOLUTION
    }

    /**
     * Adds the block to the graph.
     *
     * @param scope the block's name and parameters
     * @param x [N, in, H, W]
     * @param embedding [N, D]; null for a block that takes no embedding
     * @return [N, out, H', W']
     */
    public ShapedVariable apply(ParameterScope scope, ShapedVariable x, ShapedVariable embedding) {
        boolean projected =
                shortcut == Shortcut.CONVOLUTION || (shortcut == Shortcut.INPUT && x.size(1) != outChannels);
        // A wide input needn't be kept until the end: what is added to the hidden state is narrower. In training it is
        // kept
        // anyway, and its gradients are added up by the norm's if that comes first.
        boolean early = projected && x.size(1) > outChannels && size == SizeChange.SAME && !scope.training();
        ShapedVariable narrow = early ? Convolutions.conv2d(scope.child("conv_shortcut"), x, outChannels, 1) : null;
        ShapedVariable h = activated(Norms.norm(scope.child("norm1"), x, spec.norm1()));
        ShapedVariable input = resampled(x);
        h = Convolutions.conv2d(scope.child("conv1"), resampled(h), outChannels, 3);

        TimeInjection injection = embedding == null ? null : spec.time().injection();
        ShapedVariable time = embedding == null ? null : projected(scope, embedding);
        if (injection == TimeInjection.ADD) {
            h = Modulation.addEmbedding(h, time);
        }
        h = Norms.norm(scope.child("norm2"), h, spec.norm2());
        if (injection == TimeInjection.SCALE_SHIFT) {
            h = Modulation.scaleShift(h, time);
        }
        if (injection == TimeInjection.FILM) {
            ShapedVariable[] gammaBeta = Channels.halves(time);
            h = Modulation.film(h, gammaBeta[0], gammaBeta[1]);
        }
        h = Dropout.dropout(scope, activated(h), spec.dropout());
        if (injection == TimeInjection.CONCAT) {
            h = Modulation.concatEmbedding(h, time);
        }
        h = Convolutions.conv2d(scope.child("conv2"), h, outChannels, 3);

        if (shortcut != Shortcut.NONE) {
            if (early) {
                input = narrow;
            } else if (projected) {
                input = Convolutions.conv2d(scope.child("conv_shortcut"), input, outChannels, 1);
            }
            h = h.with(input.variable().add(h.variable()));
        }
        return outputScaleFactor == 1 ? h : h.with(h.variable().div(outputScaleFactor));
    }

    private ShapedVariable activated(ShapedVariable x) {
        return Activations.activation(spec.activation(), x);
    }

    private ShapedVariable projected(ParameterScope scope, ShapedVariable embedding) {
        ShapedVariable activated = spec.time().activated() ? activated(embedding) : embedding;
        int width =
                switch (spec.time().injection()) {
                    case ADD, CONCAT -> outChannels;
                    case SCALE_SHIFT, FILM -> 2 * outChannels;
                };
        return FeedForward.linear(scope.child("time_emb_proj"), activated, width, true);
    }

    private ShapedVariable resampled(ShapedVariable x) {
        return switch (size) {
            case SAME -> x;
            case AVG_POOL -> Resampling.avgPool(x);
            case NEAREST -> Resampling.upsampleNearest(x);
            case FIR_DOWN -> FirResampling.half(x);
            case FIR_UP -> FirResampling.twice(x);
        };
    }
}
