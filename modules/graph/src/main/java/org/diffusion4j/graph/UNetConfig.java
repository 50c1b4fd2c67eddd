package org.diffusion4j.graph;

import static org.diffusion4j.graph.OptionCheck.countable;
import static org.diffusion4j.graph.OptionCheck.countableOrNull;
import static org.diffusion4j.graph.OptionCheck.require;

import java.util.List;
import java.util.Map;
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
 * What a U-Net is made of: the options of diffusers' {@code UNet2DModel} under their names (camelCased), and those that
 * the textbooks name beside them. One that exists is valid. Make one from {@link #builder()}, whose values are
 * diffusers' defaults.
 *
 * @param sampleSize the image size that it is meant for; null if none is
 * @param inChannels channels of the sample
 * @param outChannels channels of the output
 * @param centerInputSample whether the input is taken from [0, 1] to [-1, 1] first
 * @param timeEmbeddingType how a timestep becomes a vector
 * @param timeEmbeddingDim width of the time MLP; null for 4·blockOutChannels[0]
 * @param timeProjectionDim width of the timestep's vector before the MLP; null for blockOutChannels[0], which is
 *     what diffusers has
 * @param freqShift downscale_freq_shift of the positional embedding
 * @param flipSinToCos cosines first, in the positional embedding
 * @param downBlockTypes one a level, from the image inwards
 * @param midBlockType the bottleneck; null leaves it out
 * @param upBlockTypes one a level, from the bottleneck outwards
 * @param blockOutChannels the width of each level
 * @param layersPerBlock residual blocks a level of the encoder; the decoder has one more
 * @param midBlockScaleFactor divides what the bottleneck's blocks give
 * @param downsamplePadding 1, or 0 for a pad of right and bottom alone
 * @param downsampleType how a level's output is halved
 * @param upsampleType how a level's output is doubled
 * @param dropout share of activations dropped while training, in [0, 1)
 * @param actFn activation of the residual blocks
 * @param attentionHeadDim width of a head; null for one head
 * @param numAttentionHeads number of heads, in place of a width; null for the width
 * @param normNumGroups groups of the group norms; null is for networks of skip blocks alone
 * @param attnNormNumGroups groups of the norm in the bottleneck's attention; null for normNumGroups, and for no
 *     norm with scale_shift
 * @param normEps added to the variance in every norm
 * @param normType what normalises
 * @param resnetTimeScaleShift how the time embedding enters a residual block
 * @param addAttention self-attention in the bottleneck
 * @param classEmbedType how class labels are embedded; null for a table, if there are classes
 * @param numClassEmbeds number of classes (rows of the table); null for none
 * @param numTrainTimesteps rows of the learned time embedding
 * @param crossAttentionDim width of the context that attention blocks attend to beside themselves; null for none
 * @param resnetResidual whether a residual block adds its input
 * @param skipConnections whether the decoder sees the encoder's outputs
 * @param convOutKernel kernel of the last convolution, 3 or 1
 */
public record UNetConfig(
        SampleSize sampleSize,
        int inChannels,
        int outChannels,
        boolean centerInputSample,
        TimeEmbeddingType timeEmbeddingType,
        Integer timeEmbeddingDim,
        Integer timeProjectionDim,
        double freqShift,
        boolean flipSinToCos,
        List<DownBlockType> downBlockTypes,
        MidBlockType midBlockType,
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
        Integer numAttentionHeads,
        Integer normNumGroups,
        Integer attnNormNumGroups,
        double normEps,
        NormType normType,
        TimeInjection resnetTimeScaleShift,
        boolean addAttention,
        ClassEmbedType classEmbedType,
        Integer numClassEmbeds,
        Integer numTrainTimesteps,
        Integer crossAttentionDim,
        boolean resnetResidual,
        boolean skipConnections,
        int convOutKernel)
        implements NetworkConfig {

    /** The most of any number: far more than any network has, and few enough that no product of two overflows. */
    public static final int MOST = 1 << 20;

    /** Refuses what no network can be made of, by the option's name in {@code config.json}. */
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
        int projection = timeProjectionDim != null ? timeProjectionDim : blockOutChannels.get(0);
        switch (timeEmbeddingType) {
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
        require(
                classEmbedType == null || numClassEmbeds == null,
                "class_embed_type",
                "null where num_class_embeds is given",
                classEmbedType == null ? null : classEmbedType.key());
        checkSkipBlocks(widths, inChannels, outChannels, normType);
        new UNetHeads(attentionHeadDim, numAttentionHeads).check(widths, midBlockType != null && addAttention);
        new UNetNorms(normType, normEps, normNumGroups, attnNormNumGroups).check(widths, midBlockType, addAttention);
    }

    /** What diffusers' skip blocks take for granted. */
    private static void checkSkipBlocks(UNetWidths widths, int in, int out, NormType norm) {
        int last = widths.levels() - 1;
        for (int level = 0; level <= last; level++) {
            DownBlockType down = widths.down().get(level);
            UpBlockType up = widths.up().get(level);
            if (down.isSkip() && level < last) {
                require(in == 3, "in_channels", "3, as diffusers has it with " + down.key(), in);
                require(
                        level == 0 || widths.down().get(level - 1).isSkip(),
                        "down_block_types",
                        "skip blocks from the first level on",
                        down.key() + " at level " + level);
            }
            if (up.isSkip() && level < last) {
                UpBlockType next = widths.up().get(level + 1);
                require(out == 3, "out_channels", "3, as diffusers has it with " + up.key(), out);
                require(
                        next.isSkip(),
                        "up_block_types",
                        "skip blocks up to the last level",
                        next.key() + " at level " + (level + 1));
            }
            if (down.isSkip() || up.isSkip()) {
                require(norm == NormType.GROUP, "norm_type", "group, as there are skip blocks", norm.key());
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
     * {@inheritDoc} They are {@value UNetGraph#SAMPLE}, {@value UNetGraph#TIMESTEP} and, where configured, {@value
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
    public Map<String, long[]> parameterShapes() {
        return UNetGraph.parameterShapes(this);
    }

    /**
     * Number of scales.
     *
     * @return the number of levels
     */
    public int levels() {
        return blockOutChannels.size();
    }

    /**
     * What height and width must be multiples of.
     *
     * @return 2^(levels-1)
     */
    public int sizeMultiple() {
        return 1 << (levels() - 1);
    }

    /**
     * Width of the embedding that enters the blocks.
     *
     * @return the time MLP's width
     */
    public int timeEmbedDim() {
        return timeEmbeddingDim != null ? timeEmbeddingDim : 4 * blockOutChannels.get(0);
    }

    /**
     * Width of the vector that the time MLP gets; Fourier features have a sine and a cosine per weight.
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
     * @return true if it can't run without
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
     * Diffusers' defaults, to be changed.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * This configuration, to be changed.
     *
     * @return a new builder
     */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.sampleSize = sampleSize;
        builder.inChannels = inChannels;
        builder.outChannels = outChannels;
        builder.centerInputSample = centerInputSample;
        builder.timeEmbeddingType = timeEmbeddingType;
        builder.timeEmbeddingDim = timeEmbeddingDim;
        builder.timeProjectionDim = timeProjectionDim;
        builder.freqShift = freqShift;
        builder.flipSinToCos = flipSinToCos;
        builder.downBlockTypes = downBlockTypes;
        builder.midBlockType = midBlockType;
        builder.upBlockTypes = upBlockTypes;
        builder.blockOutChannels = blockOutChannels;
        builder.layersPerBlock = layersPerBlock;
        builder.midBlockScaleFactor = midBlockScaleFactor;
        builder.downsamplePadding = downsamplePadding;
        builder.downsampleType = downsampleType;
        builder.upsampleType = upsampleType;
        builder.dropout = dropout;
        builder.actFn = actFn;
        builder.attentionHeadDim = attentionHeadDim;
        builder.numAttentionHeads = numAttentionHeads;
        builder.normNumGroups = normNumGroups;
        builder.attnNormNumGroups = attnNormNumGroups;
        builder.normEps = normEps;
        builder.normType = normType;
        builder.resnetTimeScaleShift = resnetTimeScaleShift;
        builder.addAttention = addAttention;
        builder.classEmbedType = classEmbedType;
        builder.numClassEmbeds = numClassEmbeds;
        builder.numTrainTimesteps = numTrainTimesteps;
        builder.crossAttentionDim = crossAttentionDim;
        builder.resnetResidual = resnetResidual;
        builder.skipConnections = skipConnections;
        builder.convOutKernel = convOutKernel;
        return builder;
    }

    /** Collects the options; what isn't set stays as diffusers has it. */
    public static final class Builder {
        private SampleSize sampleSize;
        private int inChannels = 3;
        private int outChannels = 3;
        private boolean centerInputSample;
        private TimeEmbeddingType timeEmbeddingType = TimeEmbeddingType.POSITIONAL;
        private Integer timeEmbeddingDim;
        private Integer timeProjectionDim;
        private double freqShift;
        private boolean flipSinToCos = true;
        private List<DownBlockType> downBlockTypes =
                List.of(DownBlockType.DOWN, DownBlockType.ATTENTION, DownBlockType.ATTENTION, DownBlockType.ATTENTION);
        private MidBlockType midBlockType = MidBlockType.RESNET_ATTENTION;
        private List<UpBlockType> upBlockTypes =
                List.of(UpBlockType.ATTENTION, UpBlockType.ATTENTION, UpBlockType.ATTENTION, UpBlockType.UP);
        private List<Integer> blockOutChannels = List.of(224, 448, 672, 896);
        private int layersPerBlock = 2;
        private double midBlockScaleFactor = 1;
        private int downsamplePadding = 1;
        private DownsampleType downsampleType = DownsampleType.CONV;
        private UpsampleType upsampleType = UpsampleType.CONV;
        private double dropout;
        private Activation actFn = Activation.SILU;
        private Integer attentionHeadDim = 8;
        private Integer numAttentionHeads;
        private Integer normNumGroups = 32;
        private Integer attnNormNumGroups;
        private double normEps = 1e-5;
        private NormType normType = NormType.GROUP;
        private TimeInjection resnetTimeScaleShift = TimeInjection.ADD;
        private boolean addAttention = true;
        private ClassEmbedType classEmbedType;
        private Integer numClassEmbeds;
        private Integer numTrainTimesteps;
        private Integer crossAttentionDim;
        private boolean resnetResidual = true;
        private boolean skipConnections = true;
        private int convOutKernel = 3;

        private Builder() {}

        /**
         * Sets sampleSize: the image size that it is meant for; null if none is.
         *
         * @param sampleSize the new value
         * @return this
         */
        public Builder sampleSize(SampleSize sampleSize) {
            this.sampleSize = sampleSize;
            return this;
        }

        /**
         * Sets inChannels: channels of the sample.
         *
         * @param inChannels the new value
         * @return this
         */
        public Builder inChannels(int inChannels) {
            this.inChannels = inChannels;
            return this;
        }

        /**
         * Sets outChannels: channels of the output.
         *
         * @param outChannels the new value
         * @return this
         */
        public Builder outChannels(int outChannels) {
            this.outChannels = outChannels;
            return this;
        }

        /**
         * Sets centerInputSample: whether the input is taken from [0, 1] to [-1, 1] first.
         *
         * @param centerInputSample the new value
         * @return this
         */
        public Builder centerInputSample(boolean centerInputSample) {
            this.centerInputSample = centerInputSample;
            return this;
        }

        /**
         * Sets timeEmbeddingType: how a timestep becomes a vector.
         *
         * @param timeEmbeddingType the new value
         * @return this
         */
        public Builder timeEmbeddingType(TimeEmbeddingType timeEmbeddingType) {
            this.timeEmbeddingType = timeEmbeddingType;
            return this;
        }

        /**
         * Sets timeEmbeddingDim: width of the time MLP; null for 4·blockOutChannels[0].
         *
         * @param timeEmbeddingDim the new value
         * @return this
         */
        public Builder timeEmbeddingDim(Integer timeEmbeddingDim) {
            this.timeEmbeddingDim = timeEmbeddingDim;
            return this;
        }

        /**
         * Sets timeProjectionDim: width of the timestep's vector before the MLP; null for blockOutChannels[0], which is what diffusers has.
         *
         * @param timeProjectionDim the new value
         * @return this
         */
        public Builder timeProjectionDim(Integer timeProjectionDim) {
            this.timeProjectionDim = timeProjectionDim;
            return this;
        }

        /**
         * Sets freqShift: downscale_freq_shift of the positional embedding.
         *
         * @param freqShift the new value
         * @return this
         */
        public Builder freqShift(double freqShift) {
            this.freqShift = freqShift;
            return this;
        }

        /**
         * Sets flipSinToCos: cosines first, in the positional embedding.
         *
         * @param flipSinToCos the new value
         * @return this
         */
        public Builder flipSinToCos(boolean flipSinToCos) {
            this.flipSinToCos = flipSinToCos;
            return this;
        }

        /**
         * Sets downBlockTypes: one a level, from the image inwards.
         *
         * @param downBlockTypes the new value
         * @return this
         */
        public Builder downBlockTypes(List<DownBlockType> downBlockTypes) {
            this.downBlockTypes = downBlockTypes;
            return this;
        }

        /**
         * Sets midBlockType: the bottleneck; null leaves it out.
         *
         * @param midBlockType the new value
         * @return this
         */
        public Builder midBlockType(MidBlockType midBlockType) {
            this.midBlockType = midBlockType;
            return this;
        }

        /**
         * Sets upBlockTypes: one a level, from the bottleneck outwards.
         *
         * @param upBlockTypes the new value
         * @return this
         */
        public Builder upBlockTypes(List<UpBlockType> upBlockTypes) {
            this.upBlockTypes = upBlockTypes;
            return this;
        }

        /**
         * Sets blockOutChannels: the width of each level.
         *
         * @param blockOutChannels the new value
         * @return this
         */
        public Builder blockOutChannels(List<Integer> blockOutChannels) {
            this.blockOutChannels = blockOutChannels;
            return this;
        }

        /**
         * Sets layersPerBlock: residual blocks a level of the encoder; the decoder has one more.
         *
         * @param layersPerBlock the new value
         * @return this
         */
        public Builder layersPerBlock(int layersPerBlock) {
            this.layersPerBlock = layersPerBlock;
            return this;
        }

        /**
         * Sets midBlockScaleFactor: divides what the bottleneck's blocks give.
         *
         * @param midBlockScaleFactor the new value
         * @return this
         */
        public Builder midBlockScaleFactor(double midBlockScaleFactor) {
            this.midBlockScaleFactor = midBlockScaleFactor;
            return this;
        }

        /**
         * Sets downsamplePadding: 1, or 0 for a pad of right and bottom alone.
         *
         * @param downsamplePadding the new value
         * @return this
         */
        public Builder downsamplePadding(int downsamplePadding) {
            this.downsamplePadding = downsamplePadding;
            return this;
        }

        /**
         * Sets downsampleType: how a level's output is halved.
         *
         * @param downsampleType the new value
         * @return this
         */
        public Builder downsampleType(DownsampleType downsampleType) {
            this.downsampleType = downsampleType;
            return this;
        }

        /**
         * Sets upsampleType: how a level's output is doubled.
         *
         * @param upsampleType the new value
         * @return this
         */
        public Builder upsampleType(UpsampleType upsampleType) {
            this.upsampleType = upsampleType;
            return this;
        }

        /**
         * Sets dropout: share of activations dropped while training, in [0, 1).
         *
         * @param dropout the new value
         * @return this
         */
        public Builder dropout(double dropout) {
            this.dropout = dropout;
            return this;
        }

        /**
         * Sets actFn: activation of the residual blocks.
         *
         * @param actFn the new value
         * @return this
         */
        public Builder actFn(Activation actFn) {
            this.actFn = actFn;
            return this;
        }

        /**
         * Sets attentionHeadDim: width of a head; null for one head.
         *
         * @param attentionHeadDim the new value
         * @return this
         */
        public Builder attentionHeadDim(Integer attentionHeadDim) {
            this.attentionHeadDim = attentionHeadDim;
            return this;
        }

        /**
         * Sets numAttentionHeads: number of heads, in place of a width; null for the width.
         *
         * @param numAttentionHeads the new value
         * @return this
         */
        public Builder numAttentionHeads(Integer numAttentionHeads) {
            this.numAttentionHeads = numAttentionHeads;
            return this;
        }

        /**
         * Sets normNumGroups: groups of the group norms; null is for networks of skip blocks alone.
         *
         * @param normNumGroups the new value
         * @return this
         */
        public Builder normNumGroups(Integer normNumGroups) {
            this.normNumGroups = normNumGroups;
            return this;
        }

        /**
         * Sets attnNormNumGroups: groups of the norm in the bottleneck's attention; null for normNumGroups, and for no norm with scale_shift.
         *
         * @param attnNormNumGroups the new value
         * @return this
         */
        public Builder attnNormNumGroups(Integer attnNormNumGroups) {
            this.attnNormNumGroups = attnNormNumGroups;
            return this;
        }

        /**
         * Sets normEps: added to the variance in every norm.
         *
         * @param normEps the new value
         * @return this
         */
        public Builder normEps(double normEps) {
            this.normEps = normEps;
            return this;
        }

        /**
         * Sets normType: what normalises.
         *
         * @param normType the new value
         * @return this
         */
        public Builder normType(NormType normType) {
            this.normType = normType;
            return this;
        }

        /**
         * Sets resnetTimeScaleShift: how the time embedding enters a residual block.
         *
         * @param resnetTimeScaleShift the new value
         * @return this
         */
        public Builder resnetTimeScaleShift(TimeInjection resnetTimeScaleShift) {
            this.resnetTimeScaleShift = resnetTimeScaleShift;
            return this;
        }

        /**
         * Sets addAttention: self-attention in the bottleneck.
         *
         * @param addAttention the new value
         * @return this
         */
        public Builder addAttention(boolean addAttention) {
            this.addAttention = addAttention;
            return this;
        }

        /**
         * Sets classEmbedType: how class labels are embedded; null for a table, if there are classes.
         *
         * @param classEmbedType the new value
         * @return this
         */
        public Builder classEmbedType(ClassEmbedType classEmbedType) {
            this.classEmbedType = classEmbedType;
            return this;
        }

        /**
         * Sets numClassEmbeds: number of classes (rows of the table); null for none.
         *
         * @param numClassEmbeds the new value
         * @return this
         */
        public Builder numClassEmbeds(Integer numClassEmbeds) {
            this.numClassEmbeds = numClassEmbeds;
            return this;
        }

        /**
         * Sets numTrainTimesteps: rows of the learned time embedding.
         *
         * @param numTrainTimesteps the new value
         * @return this
         */
        public Builder numTrainTimesteps(Integer numTrainTimesteps) {
            this.numTrainTimesteps = numTrainTimesteps;
            return this;
        }

        /**
         * Sets crossAttentionDim: width of the context that attention blocks attend to beside themselves; null for none.
         *
         * @param crossAttentionDim the new value
         * @return this
         */
        public Builder crossAttentionDim(Integer crossAttentionDim) {
            this.crossAttentionDim = crossAttentionDim;
            return this;
        }

        /**
         * Sets resnetResidual: whether a residual block adds its input.
         *
         * @param resnetResidual the new value
         * @return this
         */
        public Builder resnetResidual(boolean resnetResidual) {
            this.resnetResidual = resnetResidual;
            return this;
        }

        /**
         * Sets skipConnections: whether the decoder sees the encoder's outputs.
         *
         * @param skipConnections the new value
         * @return this
         */
        public Builder skipConnections(boolean skipConnections) {
            this.skipConnections = skipConnections;
            return this;
        }

        /**
         * Sets convOutKernel: kernel of the last convolution, 3 or 1.
         *
         * @param convOutKernel the new value
         * @return this
         */
        public Builder convOutKernel(int convOutKernel) {
            this.convOutKernel = convOutKernel;
            return this;
        }

        /**
         * The configuration.
         *
         * @return a valid one
         * @throws IllegalArgumentException if the options don't make a network; the message names the option
         */
        public UNetConfig build() {
            return new UNetConfig(
                    sampleSize,
                    inChannels,
                    outChannels,
                    centerInputSample,
                    timeEmbeddingType,
                    timeEmbeddingDim,
                    timeProjectionDim,
                    freqShift,
                    flipSinToCos,
                    downBlockTypes,
                    midBlockType,
                    upBlockTypes,
                    blockOutChannels,
                    layersPerBlock,
                    midBlockScaleFactor,
                    downsamplePadding,
                    downsampleType,
                    upsampleType,
                    dropout,
                    actFn,
                    attentionHeadDim,
                    numAttentionHeads,
                    normNumGroups,
                    attnNormNumGroups,
                    normEps,
                    normType,
                    resnetTimeScaleShift,
                    addAttention,
                    classEmbedType,
                    numClassEmbeds,
                    numTrainTimesteps,
                    crossAttentionDim,
                    resnetResidual,
                    skipConnections,
                    convOutKernel);
        }
    }
}
