package org.diffusion4j.graph.vae;

import static org.diffusion4j.Requirement.require;
import static org.diffusion4j.Requirement.requireWithin;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import java.util.Map;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.NetworkTensor;
import org.diffusion4j.graph.option.Activation;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What a tiny autoencoder, such as TAESD, is made of: the options of diffusers' {@code AutoencoderTiny} under their names
 * (camelCased). A configuration that exists is valid. Make one with {@link #builder()}, which starts from diffusers' defaults.
 *
 * @param inChannels channels of the pictures that are encoded
 * @param outChannels channels of the decoded pictures
 * @param encoderBlockOutChannels the width of each level of the encoder, from the picture inwards; all are equal, since no
 *     layer changes the width
 * @param decoderBlockOutChannels the width of each level of the decoder, from the latent outwards; all are equal
 * @param actFn activation within the blocks
 * @param latentChannels channels of a latent
 * @param upsamplingScalingFactor how many times larger the decoder's images become at the end of each level but the last
 * @param numEncoderBlocks blocks of each level of the encoder; may be 0
 * @param numDecoderBlocks blocks of each level of the decoder; may be 0
 * @param scalingFactor latents are multiplied by it before a diffusion model sees them
 * @param shiftFactor what is subtracted from latents before that
 */
@RecordBuilder
public record AutoencoderTinyConfig(
        int inChannels,
        int outChannels,
        List<Integer> encoderBlockOutChannels,
        List<Integer> decoderBlockOutChannels,
        Activation actFn,
        int latentChannels,
        int upsamplingScalingFactor,
        List<Integer> numEncoderBlocks,
        List<Integer> numDecoderBlocks,
        double scalingFactor,
        double shiftFactor)
        implements NetworkConfig {
    private static final int MOST_LEVELS = 15;
    private static final int MOST_BLOCKS = 64;
    private static final int MOST_UPSAMPLING = 8;
    /** Far more than any network has, but small enough that the product of two doesn't overflow. */
    private static final int MOST = 1 << 20;

    private static final AutoencoderTinyConfig DEFAULTS = new AutoencoderTinyConfig(
            3,
            3,
            List.of(64, 64, 64, 64),
            List.of(64, 64, 64, 64),
            Activation.RELU,
            4,
            2,
            List.of(1, 3, 3, 3),
            List.of(3, 3, 3, 1),
            1,
            0);

    /** Refuses options that no network can be built from; the message names the option as {@code config.json} does. */
    public AutoencoderTinyConfig {
        encoderBlockOutChannels = List.copyOf(encoderBlockOutChannels);
        decoderBlockOutChannels = List.copyOf(decoderBlockOutChannels);
        numEncoderBlocks = List.copyOf(numEncoderBlocks);
        numDecoderBlocks = List.copyOf(numDecoderBlocks);
        requireWithin("in_channels", 1, MOST, inChannels);
        requireWithin("out_channels", 1, MOST, outChannels);
        requireWithin("latent_channels", 1, MOST, latentChannels);
        requireWithin("upsampling_scaling_factor", 1, MOST_UPSAMPLING, upsamplingScalingFactor);
        checkLevels("encoder", encoderBlockOutChannels, numEncoderBlocks);
        checkLevels("decoder", decoderBlockOutChannels, numDecoderBlocks);
        require(
                Double.isFinite(scalingFactor) && scalingFactor != 0,
                "scaling_factor",
                "a number other than 0",
                scalingFactor);
        require(Double.isFinite(shiftFactor), "shift_factor", "a number", shiftFactor);
    }

    private static void checkLevels(String part, List<Integer> widths, List<Integer> blocks) {
        String option = part + "_block_out_channels";
        require(!widths.isEmpty(), option, "at least one level", "none");
        require(widths.size() <= MOST_LEVELS, option, "at most " + MOST_LEVELS + " levels", widths.size());
        for (int width : widths) {
            requireWithin(option, 1, MOST, width);
            require(width == widths.get(0), option, "equal widths", widths);
        }
        String number = "num_" + part + "_blocks";
        require(blocks.size() == widths.size(), number, "one per level (" + widths.size() + ")", blocks.size());
        blocks.forEach(count -> requireWithin(number, 0, MOST_BLOCKS, count));
    }

    /**
     * {@inheritDoc} They are {@value AutoencoderTinyGraph#SAMPLE}, which the encoder takes, and {@value
     * AutoencoderTinyGraph#LATENT}, which the decoder takes, of any size.
     */
    @Override
    public List<NetworkTensor> inputs() {
        return List.of(
                image(AutoencoderTinyGraph.SAMPLE, inChannels), image(AutoencoderTinyGraph.LATENT, latentChannels));
    }

    /** {@inheritDoc} They are {@value AutoencoderTinyGraph#ENCODED} and {@value AutoencoderTinyGraph#DECODED}. */
    @Override
    public List<NetworkTensor> outputs() {
        return List.of(
                image(AutoencoderTinyGraph.ENCODED, latentChannels), image(AutoencoderTinyGraph.DECODED, outChannels));
    }

    private static NetworkTensor image(String name, int channels) {
        return new NetworkTensor(name, DataType.FLOAT, -1, channels, -1, -1);
    }

    /** {@inheritDoc} It has encoder and decoder for pictures of 512 × 512. */
    @Override
    public AutoencoderTinyGraph graph() {
        return AutoencoderTinyGraph.of(this, AutoencoderPart.BOTH);
    }

    @Override
    public Map<String, long[]> parameterShapes() {
        return AutoencoderTinyGraph.parameterShapes(this);
    }

    /**
     * A builder that starts from diffusers' defaults.
     *
     * @return a new builder
     */
    public static AutoencoderTinyConfigBuilder builder() {
        return AutoencoderTinyConfigBuilder.builder(DEFAULTS);
    }

    /**
     * A builder that starts from this configuration.
     *
     * @return a new builder
     */
    public AutoencoderTinyConfigBuilder toBuilder() {
        return AutoencoderTinyConfigBuilder.builder(this);
    }
}
