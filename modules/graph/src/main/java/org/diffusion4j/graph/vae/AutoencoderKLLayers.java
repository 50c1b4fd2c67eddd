package org.diffusion4j.graph.vae;

import org.diffusion4j.graph.block.AttentionBlock;
import org.diffusion4j.graph.block.AttentionSpec;
import org.diffusion4j.graph.block.Conditions;
import org.diffusion4j.graph.block.MidBlock;
import org.diffusion4j.graph.block.ResnetBlock;
import org.diffusion4j.graph.block.ResnetBlock.Shortcut;
import org.diffusion4j.graph.block.ResnetBlock.SizeChange;
import org.diffusion4j.graph.block.ResnetSpec;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Activations;
import org.diffusion4j.graph.op.Convolutions;
import org.diffusion4j.graph.op.NormSpec;
import org.diffusion4j.graph.op.Norms;
import org.diffusion4j.graph.op.Resampling;
import org.diffusion4j.graph.option.NormType;

/** The encoder and the decoder, each from its input to its output. */
final class AutoencoderKLLayers {
    private final AutoencoderKLConfig config;
    private final ParameterScope scope;
    private final NormSpec norm;

    AutoencoderKLLayers(AutoencoderKLConfig config, ParameterScope scope) {
        this.config = config;
        this.scope = scope;
        this.norm = new NormSpec(NormType.GROUP, config.normNumGroups(), AutoencoderKLConfig.NORM_EPS);
    }

    /**
     * The encoder.
     *
     * @param sample [N, C, H, W]
     * @return [N, 2L, H / factor, W / factor]
     */
    ShapedVariable encoded(ShapedVariable sample) {
        ParameterScope encoder = scope.child("encoder");
        ShapedVariable x = Convolutions.conv2d(encoder.child("conv_in"), sample, width(0), 3);
        x.variable().rename("encoder.conv_in");
        for (int level = 0; level < levels(); level++) { // [N, width(level), H >> level, W >> level]
            String name = "down_blocks." + level;
            x = resnets(encoder.child(name), x, width(level), config.layersPerBlock());
            if (level < levels() - 1) {
                x = Resampling.downsampleConv(encoder.child(name + ".downsamplers.0.conv"), x, width(level), 0);
            }
            x.variable().rename("encoder." + name);
        }
        x = middle(encoder, x);
        x.variable().rename("encoder.mid_block");
        ShapedVariable moments = last(encoder, x, 2 * config.latentChannels());
        return config.useQuantConv()
                ? Convolutions.conv2d(scope.child("quant_conv"), moments, moments.size(1), 1)
                : moments;
    }

    /**
     * The decoder.
     *
     * @param latent [N, L, h, w]
     * @return [N, C', h·factor, w·factor]
     */
    ShapedVariable decoded(ShapedVariable latent) {
        ShapedVariable first = config.usePostQuantConv()
                ? Convolutions.conv2d(scope.child("post_quant_conv"), latent, config.latentChannels(), 1)
                : latent;
        ParameterScope decoder = scope.child("decoder");
        int smallest = levels() - 1;
        ShapedVariable x = Convolutions.conv2d(decoder.child("conv_in"), first, width(smallest), 3);
        x.variable().rename("decoder.conv_in");
        x = middle(decoder, x);
        x.variable().rename("decoder.mid_block");
        for (int index = 0; index < levels(); index++) { // [N, width(smallest - index), h << index, w << index]
            String name = "up_blocks." + index;
            int width = width(smallest - index);
            x = resnets(decoder.child(name), x, width, config.layersPerBlock() + 1);
            if (index < smallest) {
                x = Convolutions.conv2d(
                        decoder.child(name + ".upsamplers.0.conv"), Resampling.upsampleNearest(x), width, 3);
            }
            x.variable().rename("decoder." + name);
        }
        return last(decoder, x, config.outChannels());
    }

    private int levels() {
        return config.blockOutChannels().size();
    }

    private int width(int level) {
        return config.blockOutChannels().get(level);
    }

    private ShapedVariable resnets(ParameterScope level, ShapedVariable input, int width, int layers) {
        ShapedVariable x = input;
        for (int layer = 0; layer < layers; layer++) {
            x = resnet(width).apply(level.child("resnets." + layer), x, null);
        }
        return x;
    }

    private ResnetBlock resnet(int width) {
        ResnetSpec spec = new ResnetSpec(norm, norm, config.actFn(), null, 0);
        return new ResnetBlock(spec, width, SizeChange.SAME, Shortcut.INPUT, 1);
    }

    private ShapedVariable middle(ParameterScope part, ShapedVariable x) {
        int width = width(levels() - 1);
        AttentionBlock attention = config.midBlockAddAttention()
                ? new AttentionBlock(new AttentionSpec(1, width, true), norm, true, 1)
                : null;
        return new MidBlock(resnet(width), attention).apply(part.child("mid_block"), x, new Conditions(null, null));
    }

    private ShapedVariable last(ParameterScope part, ShapedVariable x, int channels) {
        ShapedVariable normalized = Norms.norm(part.child("conv_norm_out"), x, norm);
        return Convolutions.conv2d(part.child("conv_out"), Activations.silu(normalized), channels, 3);
    }
}
