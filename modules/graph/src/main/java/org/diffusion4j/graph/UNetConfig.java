package org.diffusion4j.graph;

import static org.diffusion4j.Requirement.require;
import static org.diffusion4j.graph.OptionCheck.countable;
import static org.diffusion4j.graph.OptionCheck.countableOrNull;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import java.util.Map;
import org.diffusion4j.config.Extension;
import org.diffusion4j.config.OrNull;
import org.diffusion4j.graph.option.Activation;
import org.diffusion4j.graph.option.ClassEmbedType;
import org.diffusion4j.graph.option.DownBlockType;
import org.diffusion4j.graph.option.DownsampleType;
import org.diffusion4j.graph.option.MidBlockType;
import org.diffusion4j.graph.option.NormType;
import org.diffusion4j.graph.option.TimeEmbeddingType;
import org.diffusion4j.graph.option.TimeInjection;
import org.diffusion4j.graph.option.UpBlockType;
import org.diffusion4j.graph.option.UpsampleType;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What a U-Net is made of: the options of diffusers' {@code UNet2DModel} under their names (camelCased), and further ones
 * from the textbooks. A configuration that exists is valid. Make one with {@link #builder()}, which starts from diffusers'
 * defaults.
 *
 * @param sampleSize the image size that the network is meant for; null if it is meant for no particular size
 * @param inChannels channels of the sample
 * @param outChannels channels of the output
 * @param centerInputSample whether the input is first mapped from [0, 1] to [-1, 1]
 * @param timeEmbeddingType how a timestep becomes a vector
 * @param timeEmbeddingDim width of the time MLP; null for 4·blockOutChannels[0]
 * @param timeProjectionDim width of the timestep's vector before the MLP; null for blockOutChannels[0], as in diffusers
 * @param freqShift downscale_freq_shift of the positional embedding
 * @param flipSinToCos whether the cosines come first in the positional embedding
 * @param downBlockTypes one per level, from the image inwards
 * @param midBlockType the bottleneck; null leaves it out
 * @param upBlockTypes one per level, from the bottleneck outwards
 * @param blockOutChannels the width of each level
 * @param layersPerBlock residual blocks per level of the encoder; the decoder has one more
 * @param midBlockScaleFactor the outputs of the bottleneck's blocks are divided by it
 * @param downsamplePadding 1, or 0 for zeros at the right and bottom only
 * @param downsampleType how a level's output is halved
 * @param upsampleType how a level's output is doubled
 * @param dropout share of activations dropped while training, in [0, 1)
 * @param actFn activation of the residual blocks
 * @param attentionHeadDim width of a head; null for one head
 * @param numAttentionHeads number of heads, in place of their width; null if attentionHeadDim decides
 * @param normNumGroups groups of the group norms; may be null only if all blocks are skip blocks
 * @param attnNormNumGroups groups of the norm in the bottleneck's attention; null for normNumGroups, or for no norm if
 *     resnetTimeScaleShift is scale_shift
 * @param normEps added to the variance in every norm
 * @param normType the kind of normalisation
 * @param resnetTimeScaleShift how the time embedding enters a residual block
 * @param addAttention whether the bottleneck has self-attention
 * @param classEmbedType how class labels are embedded; null for a table if numClassEmbeds is given
 * @param numClassEmbeds number of classes (rows of the table); null for none
 * @param numTrainTimesteps rows of the learned time embedding
 * @param crossAttentionDim width of the context that attention blocks attend to in addition; null for no context
 * @param resnetResidual whether a residual block adds its input
 * @param skipConnections whether the decoder sees the encoder's outputs
 * @param convOutKernel kernel of the last convolution, 3 or 1
 */
@RecordBuilder
public record UNetConfig(
        SampleSize sampleSize,
        int inChannels,
        int outChannels,
        boolean centerInputSample,
        TimeEmbeddingType timeEmbeddingType,
        Integer timeEmbeddingDim,
        @Extension Integer timeProjectionDim,
        double freqShift,
        boolean flipSinToCos,
        List<DownBlockType> downBlockTypes,
        @OrNull MidBlockType midBlockType,
        List<UpBlockType> upBlockTypes,
        List<Integer> blockOutChannels,
        int layersPerBlock,
        double midBlockScaleFactor,
        int downsamplePadding,
        DownsampleType downsampleType,
        UpsampleType upsampleType,
        double dropout,
        Activation actFn,
        Integer attentionHeadDim,
        @Extension Integer numAttentionHeads,
        Integer normNumGroups,
        Integer attnNormNumGroups,
        double normEps,
        @Extension NormType normType,
        TimeInjection resnetTimeScaleShift,
        boolean addAttention,
        @OrNull ClassEmbedType classEmbedType,
        Integer numClassEmbeds,
        Integer numTrainTimesteps,
        @Extension Integer crossAttentionDim,
        @Extension boolean resnetResidual,
        @Extension boolean skipConnections,
        @Extension int convOutKernel)
        implements NetworkConfig {

    /** Diffusers' defaults; an option that isn't set here is null, 0 or false. */
    private static final UNetConfig DEFAULTS = UNetConfigBuilder.builder()
            .inChannels(3)
            .outChannels(3)
            .timeEmbeddingType(TimeEmbeddingType.POSITIONAL)
            .flipSinToCos(true)
            .downBlockTypes(List.of(
                    DownBlockType.DOWN, DownBlockType.ATTENTION, DownBlockType.ATTENTION, DownBlockType.ATTENTION))
            .midBlockType(MidBlockType.RESNET_ATTENTION)
            .upBlockTypes(List.of(UpBlockType.ATTENTION, UpBlockType.ATTENTION, UpBlockType.ATTENTION, UpBlockType.UP))
            .blockOutChannels(List.of(224, 448, 672, 896))
            .layersPerBlock(2)
            .midBlockScaleFactor(1)
            .downsamplePadding(1)
            .downsampleType(DownsampleType.CONV)
            .upsampleType(UpsampleType.CONV)
            .actFn(Activation.SILU)
            .attentionHeadDim(8)
            .normNumGroups(32)
            .normEps(1e-5)
            .normType(NormType.GROUP)
            .resnetTimeScaleShift(TimeInjection.ADD)
            .addAttention(true)
            .resnetResidual(true)
            .skipConnections(true)
            .convOutKernel(3)
            .build();

    /**
     * The upper limit of every number: far more than any network has, but small enough that the product of two doesn't
     * overflow.
     */
    public static final int MOST = 1 << 20;

    /** Refuses options that no network can be built from; the message names the option as {@code config.json} does. */
    public UNetConfig {
        downBlockTypes = List.copyOf(downBlockTypes);
        upBlockTypes = List.copyOf(upBlockTypes);
        blockOutChannels = List.copyOf(blockOutChannels);
        UNetWidths widths =
                new UNetWidths(blockOutChannels, downBlockTypes, upBlockTypes, layersPerBlock, skipConnections);
        countable("in_channels", inChannels);
        countable("out_channels", outChannels);
        countableOrNull("time_embedding_dim", timeEmbeddingDim);
        countableOrNull("time_projection_dim", timeProjectionDim);
        countableOrNull("attention_head_dim", attentionHeadDim);
        countableOrNull("num_attention_heads", numAttentionHeads);
        countableOrNull("norm_num_groups", normNumGroups);
        countableOrNull("attn_norm_num_groups", attnNormNumGroups);
        countableOrNull("num_class_embeds", numClassEmbeds);
        countableOrNull("num_train_timesteps", numTrainTimesteps);
        countableOrNull("cross_attention_dim", crossAttentionDim);
        require(downsamplePadding == 0 || downsamplePadding == 1, "downsample_padding", "0 or 1", downsamplePadding);
        require(convOutKernel == 1 || convOutKernel == 3, "conv_out_kernel", "1 or 3", convOutKernel);
        require(dropout >= 0 && dropout < 1, "dropout", "a share in [0, 1)", dropout);
        require(normEps > 0 && normEps < 1, "norm_eps", "a small positive number", normEps);
        require(
                midBlockScaleFactor > 0 && midBlockScaleFactor < Double.POSITIVE_INFINITY,
                "mid_block_scale_factor",
                "a positive number",
                midBlockScaleFactor);
        int projection = timeProjectionDim != null ? timeProjectionDim : widths.first();
        checkTime(timeEmbeddingType, projection, freqShift, numTrainTimesteps);
        require(
                classEmbedType == null || numClassEmbeds == null,
                "class_embed_type",
                "null if num_class_embeds is given",
                classEmbedType == null ? null : classEmbedType.configName());
        checkSkipBlocks(widths, inChannels, outChannels, normType);
        new UNetHeads(attentionHeadDim, numAttentionHeads).check(widths, midBlockType != null && addAttention);
        new UNetNorms(normType, normEps, normNumGroups, attnNormNumGroups).check(widths, midBlockType, addAttention);
    }

    private static void checkTime(TimeEmbeddingType type, int projection, double freqShift, Integer numTrainTimesteps) {
        switch (type) {
            case POSITIONAL -> {
                require(
                        projection >= 2,
                        "block_out_channels",
                        "at least 2 for a positional time embedding",
                        projection);
                require(
                        Double.isFinite(freqShift) && freqShift < Math.floorDiv(projection, 2),
                        "freq_shift",
                        "less than half the embedding's width (" + projection / 2 + ")",
                        freqShift);
            }
            case INTERLEAVED ->
                require(
                        projection % 2 == 0,
                        "block_out_channels",
                        "an even width for an interleaved time embedding",
                        projection);
            case LEARNED ->
                require(
                        numTrainTimesteps != null,
                        "num_train_timesteps",
                        "a number, as time_embedding_type is learned",
                        null);
            case FOURIER -> {}
        }
    }

    /** Checks what diffusers' skip blocks take for granted. */
    private static void checkSkipBlocks(UNetWidths widths, int in, int out, NormType norm) {
        int last = widths.levels() - 1;
        for (int level = 0; level <= last; level++) {
            DownBlockType down = widths.down().get(level);
            UpBlockType up = widths.up().get(level);
            if (down.isSkip() && level < last) {
                require(in == 3, "in_channels", "3, as diffusers has it with " + down.configName(), in);
                require(
                        level == 0 || widths.down().get(level - 1).isSkip(),
                        "down_block_types",
                        "skip blocks from the first level on",
                        down.configName() + " at level " + level);
            }
            if (up.isSkip() && level < last) {
                UpBlockType next = widths.up().get(level + 1);
                require(out == 3, "out_channels", "3, as diffusers has it with " + up.configName(), out);
                require(
                        next.isSkip(),
                        "up_block_types",
                        "skip blocks up to the last level",
                        next.configName() + " at level " + (level + 1));
            }
            if (down.isSkip() || up.isSkip()) {
                require(norm == NormType.GROUP, "norm_type", "group, as there are skip blocks", norm.configName());
                require(widths.skipConnections(), "skip_connections", "true, as there are skip blocks", false);
            }
        }
    }

    UNetWidths widths() {
        return new UNetWidths(blockOutChannels, downBlockTypes, upBlockTypes, layersPerBlock, skipConnections);
    }

    UNetNorms norms() {
        return new UNetNorms(normType, normEps, normNumGroups, attnNormNumGroups);
    }

    /**
     * {@inheritDoc} They are {@value UNetGraph#SAMPLE}, {@value UNetGraph#TIMESTEP} and, if configured, {@value
     * UNetGraph#CLASS_LABELS} and {@value UNetGraph#CONTEXT}.
     */
    @Override
    public List<NetworkTensor> inputs() {
        return UNetGraph.inputs(this, DataType.FLOAT, height(), width(), -1);
    }

    @Override
    public List<NetworkTensor> outputs() {
        return List.of(new NetworkTensor(UNetGraph.OUTPUT, DataType.FLOAT, -1, outChannels, height(), width()));
    }

    private int height() {
        return sampleSize == null ? -1 : sampleSize.height();
    }

    private int width() {
        return sampleSize == null ? -1 : sampleSize.width();
    }

    @Override
    public UNetGraph graph() {
        return UNetGraph.of(this);
    }

    @Override
    public Map<String, long[]> parameterShapes() {
        return UNetGraph.parameterShapes(this);
    }

    /**
     * The number of scales at which the network looks at an image.
     *
     * @return the number of levels
     */
    public int levels() {
        return blockOutChannels.size();
    }

    /**
     * The number that height and width must be multiples of.
     *
     * @return 2^(levels-1)
     */
    public int sizeMultiple() {
        return 1 << (levels() - 1);
    }

    /**
     * The width of the embedding that enters the blocks.
     *
     * @return the time MLP's width
     */
    public int timeEmbedDim() {
        return timeEmbeddingDim != null ? timeEmbeddingDim : 4 * blockOutChannels.get(0);
    }

    /**
     * The width of the vector that enters the time MLP. Fourier features have a sine and a cosine per weight.
     *
     * @return the width
     */
    public int timeInputDim() {
        int width = timeProjectionDim != null ? timeProjectionDim : blockOutChannels.get(0);
        return timeEmbeddingType == TimeEmbeddingType.FOURIER ? 2 * width : width;
    }

    /**
     * Whether the network wants class labels.
     *
     * @return true if it can't run without them
     */
    public boolean wantsClassLabels() {
        return classEmbedType != null || numClassEmbeds != null;
    }

    UNetHeads heads() {
        return new UNetHeads(attentionHeadDim, numAttentionHeads);
    }

    /**
     * The number of attention heads in a level.
     *
     * @param channels the level's width
     * @return heads
     */
    public int heads(int channels) {
        return heads().number(channels);
    }

    /**
     * The width of a head.
     *
     * @param channels the level's width
     * @return the width
     */
    public int headDim(int channels) {
        return heads().width(channels);
    }

    /**
     * A builder that starts from diffusers' defaults.
     *
     * @return a new builder
     */
    public static UNetConfigBuilder builder() {
        return UNetConfigBuilder.builder(DEFAULTS);
    }

    /**
     * A builder that starts from this configuration.
     *
     * @return a new builder
     */
    public UNetConfigBuilder toBuilder() {
        return UNetConfigBuilder.builder(this);
    }
}
