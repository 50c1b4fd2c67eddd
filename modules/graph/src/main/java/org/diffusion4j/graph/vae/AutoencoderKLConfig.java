package org.diffusion4j.graph.vae;

import static org.diffusion4j.Requirement.require;
import static org.diffusion4j.Requirement.requireWithin;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import java.util.Map;
import org.diffusion4j.config.OrNull;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.NetworkTensor;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.option.Activation;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What an autoencoder is made of: the options of diffusers' {@code AutoencoderKL} under their names (camelCased). A
 * configuration that exists is valid. Make one with {@link #builder()}, which starts from diffusers' defaults.
 *
 * @param inChannels channels of the pictures that are encoded
 * @param outChannels channels of the decoded pictures
 * @param downBlockTypes one per level, from the picture inwards
 * @param upBlockTypes one per level, from the latent outwards
 * @param blockOutChannels the width of each level, from the picture inwards
 * @param layersPerBlock residual blocks per level of the encoder; the decoder has one more
 * @param actFn activation of the residual blocks
 * @param latentChannels channels of a latent
 * @param normNumGroups groups of the group norms, a divisor of all widths
 * @param sampleSize the size of the tiles into which large pictures are cut
 * @param scalingFactor latents are multiplied by it before a diffusion model sees them
 * @param shiftFactor what is subtracted from latents before that; null for 0
 * @param latentsMean what is subtracted from each channel, in place of shiftFactor; null for nothing
 * @param latentsStd what each channel is divided by; null for nothing
 * @param forceUpcast whether the network is to run in float32 even if others run in a smaller type
 * @param useQuantConv whether the encoder ends with a 1×1 convolution
 * @param usePostQuantConv whether the decoder begins with a 1×1 convolution
 * @param midBlockAddAttention whether encoder and decoder have attention at their smallest size
 */
@RecordBuilder
public record AutoencoderKLConfig(
        int inChannels,
        int outChannels,
        List<EncoderBlockType> downBlockTypes,
        List<DecoderBlockType> upBlockTypes,
        List<Integer> blockOutChannels,
        int layersPerBlock,
        Activation actFn,
        int latentChannels,
        int normNumGroups,
        SampleSize sampleSize,
        double scalingFactor,
        Double shiftFactor,
        @OrNull List<Double> latentsMean,
        @OrNull List<Double> latentsStd,
        boolean forceUpcast,
        boolean useQuantConv,
        boolean usePostQuantConv,
        boolean midBlockAddAttention)
        implements NetworkConfig {
    /** Added to the variance in every norm. */
    static final double NORM_EPS = 1e-6;

    private static final int MOST_LEVELS = 15;
    private static final int MOST_LAYERS = 256;
    /** Far more than any network has, but small enough that the product of two doesn't overflow. */
    private static final int MOST = 1 << 20;

    private static final AutoencoderKLConfig DEFAULTS = AutoencoderKLConfigBuilder.builder()
            .inChannels(3)
            .outChannels(3)
            .downBlockTypes(List.of(EncoderBlockType.DOWN))
            .upBlockTypes(List.of(DecoderBlockType.UP))
            .blockOutChannels(List.of(64))
            .layersPerBlock(1)
            .actFn(Activation.SILU)
            .latentChannels(4)
            .normNumGroups(32)
            .sampleSize(SampleSize.square(32))
            .scalingFactor(0.18215)
            .forceUpcast(true)
            .useQuantConv(true)
            .usePostQuantConv(true)
            .midBlockAddAttention(true)
            .build();

    /** Refuses options that no network can be built from; the message names the option as {@code config.json} does. */
    public AutoencoderKLConfig {
        downBlockTypes = List.copyOf(downBlockTypes);
        upBlockTypes = List.copyOf(upBlockTypes);
        blockOutChannels = List.copyOf(blockOutChannels);
        int levels = blockOutChannels.size();
        require(levels > 0, "block_out_channels", "at least one level", "none");
        require(levels <= MOST_LEVELS, "block_out_channels", "at most " + MOST_LEVELS + " levels", levels);
        require(
                downBlockTypes.size() == levels,
                "down_block_types",
                "one per level (" + levels + ")",
                downBlockTypes.size());
        require(upBlockTypes.size() == levels, "up_block_types", "one per level (" + levels + ")", upBlockTypes.size());
        requireWithin("layers_per_block", 1, MOST_LAYERS / levels, layersPerBlock);
        requireWithin("in_channels", 1, MOST, inChannels);
        requireWithin("out_channels", 1, MOST, outChannels);
        requireWithin("latent_channels", 1, MOST, latentChannels);
        requireWithin("norm_num_groups", 1, MOST, normNumGroups);
        for (int width : blockOutChannels) {
            requireWithin("block_out_channels", 1, MOST, width);
            require(width % normNumGroups == 0, "norm_num_groups", "a divisor of " + width, normNumGroups);
        }
        require(sampleSize != null, "sample_size", "a size", "null");
        require(
                Double.isFinite(scalingFactor) && scalingFactor != 0,
                "scaling_factor",
                "a number other than 0",
                scalingFactor);
        require(shiftFactor == null || Double.isFinite(shiftFactor), "shift_factor", "a number or null", shiftFactor);
        latentsMean = perChannel("latents_mean", latentsMean, latentChannels);
        latentsStd = perChannel("latents_std", latentsStd, latentChannels);
        require(
                (latentsMean == null) == (latentsStd == null),
                "latents_std",
                "numbers if latents_mean has them, and only then",
                latentsStd);
        require(latentsStd == null || !latentsStd.contains(0.0), "latents_std", "numbers other than 0", latentsStd);
    }

    private static List<Double> perChannel(String option, List<Double> numbers, int channels) {
        if (numbers == null) {
            return null;
        }
        require(
                numbers.size() == channels,
                option,
                "one number per channel of a latent (" + channels + ")",
                numbers.size());
        require(numbers.stream().allMatch(n -> n != null && Double.isFinite(n)), option, "finite numbers", numbers);
        return List.copyOf(numbers);
    }

    /**
     * {@inheritDoc} They are {@value AutoencoderKLGraph#SAMPLE}, which the encoder takes, and {@value
     * AutoencoderKLGraph#LATENT}, which the decoder takes, of any size.
     */
    @Override
    public List<NetworkTensor> inputs() {
        return List.of(image(AutoencoderKLGraph.SAMPLE, inChannels), image(AutoencoderKLGraph.LATENT, latentChannels));
    }

    /** {@inheritDoc} They are {@value AutoencoderKLGraph#MOMENTS} and {@value AutoencoderKLGraph#DECODED}. */
    @Override
    public List<NetworkTensor> outputs() {
        return List.of(
                image(AutoencoderKLGraph.MOMENTS, 2L * latentChannels), image(AutoencoderKLGraph.DECODED, outChannels));
    }

    private static NetworkTensor image(String name, long channels) {
        return new NetworkTensor(name, DataType.FLOAT, -1, channels, -1, -1);
    }

    /** {@inheritDoc} It has encoder and decoder for pictures of {@link #sampleSize()}. */
    @Override
    public AutoencoderKLGraph graph() {
        return AutoencoderKLGraph.of(this, AutoencoderPart.BOTH);
    }

    @Override
    public Map<String, long[]> parameterShapes() {
        return AutoencoderKLGraph.parameterShapes(this);
    }

    /**
     * How many times larger a decoded picture is than its latent, in each direction.
     *
     * @return 2^(levels - 1)
     */
    public int sizeFactor() {
        return 1 << (blockOutChannels.size() - 1);
    }

    /**
     * A builder that starts from diffusers' defaults.
     *
     * @return a new builder
     */
    public static AutoencoderKLConfigBuilder builder() {
        return AutoencoderKLConfigBuilder.builder(DEFAULTS);
    }

    /**
     * A builder that starts from this configuration.
     *
     * @return a new builder
     */
    public AutoencoderKLConfigBuilder toBuilder() {
        return AutoencoderKLConfigBuilder.builder(this);
    }
}
