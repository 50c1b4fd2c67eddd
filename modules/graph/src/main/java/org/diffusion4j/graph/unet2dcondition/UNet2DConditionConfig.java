package org.diffusion4j.graph.unet2dcondition;

import static org.diffusion4j.Requirement.require;
import static org.diffusion4j.Requirement.requireWithin;
import static org.diffusion4j.graph.OptionCheck.countable;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import java.util.Map;
import org.diffusion4j.config.OrNull;
import org.diffusion4j.config.OrOne;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.NetworkTensor;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.option.Activation;
import org.diffusion4j.graph.option.AdditionEmbedType;
import org.diffusion4j.graph.option.ConditionClassEmbedType;
import org.diffusion4j.graph.option.ConditionDownBlockType;
import org.diffusion4j.graph.option.ConditionMidBlockType;
import org.diffusion4j.graph.option.ConditionUpBlockType;
import org.diffusion4j.graph.option.CrossAttentionNorm;
import org.diffusion4j.graph.option.EncoderHidType;
import org.diffusion4j.graph.option.TimeEmbeddingType;
import org.diffusion4j.graph.option.TimeInjection;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What a U-Net that reads a text is made of: the options of diffusers' {@code UNet2DConditionModel} under their names
 * (camelCased). A configuration that exists is valid. Make one with {@link #builder()}, which starts from diffusers' defaults.
 * Where an option has one value for each level, a list of one holds for all levels.
 *
 * @param sampleSize the image size that the network is meant for; null if it is meant for no particular size
 * @param inChannels channels of the sample; with a hint, those of sample and hint together
 * @param outChannels channels of the output
 * @param centerInputSample whether the input is first mapped from [0, 1] to [-1, 1]
 * @param flipSinToCos whether the cosines come first in the time embedding
 * @param freqShift downscale_freq_shift of the positional time embedding
 * @param downBlockTypes one per level, from the image inwards
 * @param midBlockType the bottleneck; null leaves it out
 * @param upBlockTypes one per level, from the bottleneck outwards
 * @param onlyCrossAttention for each level, whether its first attention looks at the context instead of the image
 * @param blockOutChannels the width of each level
 * @param layersPerBlock for each level, the residual blocks of the encoder; the decoder has one more
 * @param downsamplePadding 1, or 0 for zeros at the right and bottom only
 * @param midBlockScaleFactor the outputs of the bottleneck's residual blocks are divided by it
 * @param dropout share of activations dropped while training, in [0, 1)
 * @param actFn activation of the residual blocks, of the time MLP and before the last convolution
 * @param normNumGroups groups of the group norms; null in networks of k-diffusion's blocks only
 * @param normEps added to the variance in the norms outside of transformers
 * @param crossAttentionDim width of the context; the same for all levels
 * @param transformerLayersPerBlock for each level, the layers of the transformer after each residual block; an inner list of one
 *     holds for all of a level. The bottleneck has as many as the last level's first one
 * @param reverseTransformerLayersPerBlock the same for the decoder, from the bottleneck outwards; null for the encoder's, in reverse
 * @param encoderHidDim width of the text's sequence (of the image's embedding for image_proj) that the context is made from; null
 *     if the context is taken as it is
 * @param encoderHidDimType what the context is made from; null exactly if encoderHidDim is
 * @param attentionHeadDim for each level, the <em>number</em> of heads in transformers, and the width of a head in all other
 *     blocks, whose decoder takes the list from the bottleneck outwards without reversing it
 * @param useLinearProjection whether the projections around transformers are stored as linear layers
 * @param classEmbedType how class labels are embedded; null for a table if numClassEmbeds is given
 * @param additionEmbedType what is added to the time embedding; null for nothing
 * @param additionTimeEmbedDim width of the sinusoids of each of text_time's numbers
 * @param numClassEmbeds number of classes (rows of the table); null for none
 * @param upcastAttention whether attention is computed in float32; it always is here
 * @param resnetTimeScaleShift how the time embedding enters a residual block: added, or scale_shift
 * @param resnetSkipTimeAct whether the time embedding enters Resnet and Simple blocks without an activation
 * @param resnetOutScaleFactor the outputs of the residual blocks in Resnet and Simple blocks are divided by it
 * @param timeEmbeddingType positional or fourier
 * @param timeEmbeddingDim width of the time MLP; null for 4·blockOutChannels[0], or twice that width for fourier
 * @param timeEmbeddingActFn activation of the whole embedding; null for none
 * @param timestepPostAct activation after the time MLP; null for none
 * @param timeCondProjDim width of the further vector that enters the time embedding, such as the guidance of a latent consistency
 *     model; null for none
 * @param convInKernel kernel of the first convolution, an odd number
 * @param convOutKernel kernel of the last convolution, an odd number
 * @param projectionClassEmbeddingsInputDim width of class labels that are projected, or of what text_time's MLP takes
 * @param classEmbeddingsConcat whether the class embedding is appended to the time embedding instead of added
 * @param midBlockOnlyCrossAttention onlyCrossAttention of a simple bottleneck; null for that of all levels
 * @param crossAttentionNorm how simple cross-attention normalises the context; null for not at all
 * @param additionEmbedTypeNumHeads heads of the attention that pools a text
 */
@RecordBuilder
public record UNet2DConditionConfig(
        SampleSize sampleSize,
        int inChannels,
        int outChannels,
        boolean centerInputSample,
        boolean flipSinToCos,
        double freqShift,
        List<ConditionDownBlockType> downBlockTypes,
        @OrNull ConditionMidBlockType midBlockType,
        List<ConditionUpBlockType> upBlockTypes,
        @OrOne List<Boolean> onlyCrossAttention,
        List<Integer> blockOutChannels,
        @OrOne List<Integer> layersPerBlock,
        int downsamplePadding,
        double midBlockScaleFactor,
        double dropout,
        Activation actFn,
        Integer normNumGroups,
        double normEps,
        @OrOne List<Integer> crossAttentionDim,
        @OrOne List<List<Integer>> transformerLayersPerBlock,
        @OrNull @OrOne List<List<Integer>> reverseTransformerLayersPerBlock,
        Integer encoderHidDim,
        @OrNull EncoderHidType encoderHidDimType,
        @OrOne List<Integer> attentionHeadDim,
        boolean useLinearProjection,
        @OrNull ConditionClassEmbedType classEmbedType,
        @OrNull AdditionEmbedType additionEmbedType,
        Integer additionTimeEmbedDim,
        Integer numClassEmbeds,
        boolean upcastAttention,
        TimeInjection resnetTimeScaleShift,
        boolean resnetSkipTimeAct,
        double resnetOutScaleFactor,
        TimeEmbeddingType timeEmbeddingType,
        Integer timeEmbeddingDim,
        @OrNull Activation timeEmbeddingActFn,
        @OrNull Activation timestepPostAct,
        Integer timeCondProjDim,
        int convInKernel,
        int convOutKernel,
        Integer projectionClassEmbeddingsInputDim,
        boolean classEmbeddingsConcat,
        Boolean midBlockOnlyCrossAttention,
        @OrNull CrossAttentionNorm crossAttentionNorm,
        int additionEmbedTypeNumHeads)
        implements NetworkConfig {

    /** Diffusers' defaults; an option that isn't set here is null, 0 or false. */
    private static final UNet2DConditionConfig DEFAULTS = UNet2DConditionConfigBuilder.builder()
            .inChannels(4)
            .outChannels(4)
            .flipSinToCos(true)
            .downBlockTypes(List.of(
                    ConditionDownBlockType.CROSS,
                    ConditionDownBlockType.CROSS,
                    ConditionDownBlockType.CROSS,
                    ConditionDownBlockType.DOWN))
            .midBlockType(ConditionMidBlockType.CROSS)
            .upBlockTypes(List.of(
                    ConditionUpBlockType.UP,
                    ConditionUpBlockType.CROSS,
                    ConditionUpBlockType.CROSS,
                    ConditionUpBlockType.CROSS))
            .onlyCrossAttention(List.of(false))
            .blockOutChannels(List.of(320, 640, 1280, 1280))
            .layersPerBlock(List.of(2))
            .downsamplePadding(1)
            .midBlockScaleFactor(1)
            .actFn(Activation.SILU)
            .normNumGroups(32)
            .normEps(1e-5)
            .crossAttentionDim(List.of(1280))
            .transformerLayersPerBlock(List.of(List.of(1)))
            .attentionHeadDim(List.of(8))
            .resnetTimeScaleShift(TimeInjection.ADD)
            .resnetOutScaleFactor(1)
            .timeEmbeddingType(TimeEmbeddingType.POSITIONAL)
            .convInKernel(3)
            .convOutKernel(3)
            .additionEmbedTypeNumHeads(64)
            .build();

    /** The channels of a hint once it has the sample's size. */
    static final int HINT_CHANNELS = 4;

    private static final int MOST_KERNEL = 31;

    /** Refuses options that no network can be built from; the message names the option as {@code config.json} does. */
    public UNet2DConditionConfig {
        downBlockTypes = List.copyOf(downBlockTypes);
        upBlockTypes = List.copyOf(upBlockTypes);
        onlyCrossAttention = List.copyOf(onlyCrossAttention);
        blockOutChannels = List.copyOf(blockOutChannels);
        layersPerBlock = List.copyOf(layersPerBlock);
        crossAttentionDim = List.copyOf(crossAttentionDim);
        transformerLayersPerBlock = copy(transformerLayersPerBlock);
        reverseTransformerLayersPerBlock =
                reverseTransformerLayersPerBlock == null ? null : copy(reverseTransformerLayersPerBlock);
        attentionHeadDim = List.copyOf(attentionHeadDim);
        countable("in_channels", inChannels);
        countable("out_channels", outChannels);
        require(downsamplePadding == 0 || downsamplePadding == 1, "downsample_padding", "0 or 1", downsamplePadding);
        require(convInKernel >= 1 && convInKernel % 2 == 1, "conv_in_kernel", "an odd number", convInKernel);
        require(convOutKernel >= 1 && convOutKernel % 2 == 1, "conv_out_kernel", "an odd number", convOutKernel);
        requireWithin("conv_in_kernel", 1, MOST_KERNEL, convInKernel);
        requireWithin("conv_out_kernel", 1, MOST_KERNEL, convOutKernel);
        require(dropout >= 0 && dropout < 1, "dropout", "a share in [0, 1)", dropout);
        require(normEps > 0 && normEps < 1, "norm_eps", "a small positive number", normEps);
        requireFactor("mid_block_scale_factor", midBlockScaleFactor);
        requireFactor("resnet_out_scale_factor", resnetOutScaleFactor);
        require(
                resnetTimeScaleShift == TimeInjection.ADD || resnetTimeScaleShift == TimeInjection.SCALE_SHIFT,
                "resnet_time_scale_shift",
                "default or scale_shift",
                resnetTimeScaleShift.configName());
        ConditionLevels levels = new ConditionLevels(
                blockOutChannels,
                downBlockTypes,
                midBlockType,
                upBlockTypes,
                layersPerBlock,
                onlyCrossAttention,
                attentionHeadDim,
                transformerLayersPerBlock,
                reverseTransformerLayersPerBlock);
        levels.check();
        ConditionContext context = new ConditionContext(crossAttentionDim, encoderHidDim, encoderHidDimType);
        context.check(levels.count());
        ConditionTime time = new ConditionTime(
                levels.width(0),
                timeEmbeddingType,
                timeEmbeddingDim,
                freqShift,
                timeCondProjDim,
                classEmbedType,
                numClassEmbeds,
                classEmbeddingsConcat,
                projectionClassEmbeddingsInputDim,
                additionEmbedType,
                additionTimeEmbedDim,
                additionEmbedTypeNumHeads,
                context);
        time.check();
        require(
                additionEmbedType != AdditionEmbedType.IMAGE_HINT || inChannels > HINT_CHANNELS,
                "in_channels",
                "more than the " + HINT_CHANNELS + " of the hint",
                inChannels);
        new ConditionNorms(normNumGroups, normEps, crossAttentionNorm).check(levels, context.width());
        if (levels.isK()
                || levels.up().stream().anyMatch(ConditionUpBlockType::isK)
                || levels.down().stream().anyMatch(ConditionDownBlockType::isK)) {
            new KLevels(levels, time.blocksWidth(), normEps, actFn, dropout).check();
        }
    }

    private static void requireFactor(String option, double found) {
        require(found > 0 && found < Double.POSITIVE_INFINITY, option, "a positive number", found);
    }

    private static List<List<Integer>> copy(List<List<Integer>> lists) {
        return lists.stream().map(List::copyOf).toList();
    }

    ConditionLevels levels() {
        return new ConditionLevels(
                blockOutChannels,
                downBlockTypes,
                midBlockType,
                upBlockTypes,
                layersPerBlock,
                onlyCrossAttention,
                attentionHeadDim,
                transformerLayersPerBlock,
                reverseTransformerLayersPerBlock);
    }

    ConditionTime time() {
        return new ConditionTime(
                blockOutChannels.get(0),
                timeEmbeddingType,
                timeEmbeddingDim,
                freqShift,
                timeCondProjDim,
                classEmbedType,
                numClassEmbeds,
                classEmbeddingsConcat,
                projectionClassEmbeddingsInputDim,
                additionEmbedType,
                additionTimeEmbedDim,
                additionEmbedTypeNumHeads,
                context());
    }

    ConditionContext context() {
        return new ConditionContext(crossAttentionDim, encoderHidDim, encoderHidDimType);
    }

    ConditionNorms norms() {
        return new ConditionNorms(normNumGroups, normEps, crossAttentionNorm);
    }

    /** Whether a simple bottleneck's attention leaves the image out; as in diffusers, one value for all levels decides it, too. */
    boolean middleOnlyCross() {
        return midBlockOnlyCrossAttention != null
                ? midBlockOnlyCrossAttention
                : onlyCrossAttention.size() == 1 && onlyCrossAttention.get(0);
    }

    /** {@inheritDoc} They are those of {@link UNet2DConditionGraph} without a mask and without a ControlNet's residuals. */
    @Override
    public List<NetworkTensor> inputs() {
        return ConditionInputs.of(this).ofAnyLength().list(DataType.FLOAT, height(), width());
    }

    @Override
    public List<NetworkTensor> outputs() {
        return List.of(
                new NetworkTensor(UNet2DConditionGraph.OUTPUT, DataType.FLOAT, -1, outChannels, height(), width()));
    }

    private int height() {
        return sampleSize == null ? -1 : sampleSize.height();
    }

    private int width() {
        return sampleSize == null ? -1 : sampleSize.width();
    }

    @Override
    public UNet2DConditionGraph graph() {
        return UNet2DConditionGraph.of(this);
    }

    @Override
    public Map<String, long[]> parameterShapes() {
        return UNet2DConditionGraph.parameterShapes(this);
    }

    /**
     * Whether an input is a sequence that is read, such as a text's; only an image's embedding may stand in its place.
     *
     * @return true if {@code encoder_hidden_states} is an input
     */
    public boolean takesContext() {
        return context().hasText() || additionEmbedType == AdditionEmbedType.TEXT;
    }

    /**
     * The width of that sequence.
     *
     * @return encoderHidDim, or crossAttentionDim
     */
    public int contextWidth() {
        return context().textWidth();
    }

    /**
     * A builder that starts from diffusers' defaults.
     *
     * @return a new builder
     */
    public static UNet2DConditionConfigBuilder builder() {
        return UNet2DConditionConfigBuilder.builder(DEFAULTS);
    }

    /**
     * A builder that starts from this configuration.
     *
     * @return a new builder
     */
    public UNet2DConditionConfigBuilder toBuilder() {
        return UNet2DConditionConfigBuilder.builder(this);
    }
}
