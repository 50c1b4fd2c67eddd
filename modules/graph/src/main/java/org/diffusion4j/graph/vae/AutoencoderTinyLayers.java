package org.diffusion4j.graph.vae;

import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Activations;
import org.diffusion4j.graph.op.Convolutions;
import org.diffusion4j.graph.op.Resampling;
import org.nd4j.autodiff.samediff.SDVariable;

/** The tiny encoder and decoder. Their layers have numbers, which count those without parameters as well. */
final class AutoencoderTinyLayers {
    /** The decoder's inputs are cut softly to ± this number. */
    private static final double LATENT_RANGE = 3;

    private final AutoencoderTinyConfig config;
    private final ParameterScope scope;

    AutoencoderTinyLayers(AutoencoderTinyConfig config, ParameterScope scope) {
        this.config = config;
        this.scope = scope;
    }

    /**
     * The encoder.
     *
     * @param sample [N, C, H, W] in [-1, 1]
     * @return [N, L, h, w]
     */
    ShapedVariable encoded(ShapedVariable sample) {
        ParameterScope encoder = scope.child("encoder");
        ShapedVariable x = sample.with(sample.variable().add(1.0).div(2.0));
        int layer = 0;
        for (int level = 0; level < config.numEncoderBlocks().size(); level++) {
            int width = config.encoderBlockOutChannels().get(level);
            ParameterScope first = layer(encoder, layer++);
            x = level == 0
                    ? Convolutions.conv2d(first, x, width, 3)
                    : Resampling.downsampleConv(x, weight(first, width, width), null, 1);
            for (int block = 0; block < config.numEncoderBlocks().get(level); block++) {
                x = block(layer(encoder, layer++), x);
            }
        }
        return Convolutions.conv2d(layer(encoder, layer), x, config.latentChannels(), 3);
    }

    /**
     * The decoder.
     *
     * @param latent [N, L, h, w]
     * @return [N, C', H', W'] in about [-1, 1]
     */
    ShapedVariable decoded(ShapedVariable latent) {
        ParameterScope decoder = scope.child("decoder");
        SDVariable narrowed = latent.sameDiff()
                .math()
                .tanh(latent.variable().div(LATENT_RANGE))
                .mul(LATENT_RANGE);
        int layer = 0;
        int levels = config.numDecoderBlocks().size();
        ShapedVariable x = Convolutions.conv2d(
                layer(decoder, layer++),
                latent.with(narrowed),
                config.decoderBlockOutChannels().get(0),
                3);
        x = activated(x);
        layer++;
        for (int level = 0; level < levels; level++) {
            int width = config.decoderBlockOutChannels().get(level);
            for (int block = 0; block < config.numDecoderBlocks().get(level); block++) {
                x = block(layer(decoder, layer++), x);
            }
            if (level < levels - 1) {
                x = upsampled(x);
                layer++;
                x = Convolutions.conv2d(x, weight(layer(decoder, layer++), width, width), null, 1, 1);
            }
        }
        x = Convolutions.conv2d(layer(decoder, layer), x, config.outChannels(), 3);
        return x.with(x.variable().mul(2.0).sub(1.0));
    }

    private static ParameterScope layer(ParameterScope part, int index) {
        return part.child("layers." + index);
    }

    private static SDVariable weight(ParameterScope layer, long in, long out) {
        return layer.weight(in * 9, out, in, 3, 3);
    }

    private ShapedVariable activated(ShapedVariable x) {
        return Activations.activation(config.actFn(), x);
    }

    private ShapedVariable upsampled(ShapedVariable x) {
        int factor = config.upsamplingScalingFactor();
        return factor == 1
                ? x
                : Resampling.upsampleNearest(
                        x, Math.toIntExact(x.size(2) * factor), Math.toIntExact(x.size(3) * factor));
    }

    /** Three convolutions plus the input, then ReLU, whatever the activation between them is. */
    private ShapedVariable block(ParameterScope block, ShapedVariable x) {
        long width = x.size(1);
        ShapedVariable h = activated(Convolutions.conv2d(block.child("conv.0"), x, width, 3));
        h = activated(Convolutions.conv2d(block.child("conv.2"), h, width, 3));
        h = Convolutions.conv2d(block.child("conv.4"), h, width, 3);
        return Activations.relu(h.with(h.variable().add(x.variable())));
    }
}
