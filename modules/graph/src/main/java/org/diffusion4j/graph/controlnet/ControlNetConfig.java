package org.diffusion4j.graph.controlnet;

import static org.diffusion4j.Requirement.require;
import static org.diffusion4j.Requirement.requireWithin;
import static org.diffusion4j.graph.OptionCheck.countable;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.diffusion4j.config.ConfigKeys;
import org.diffusion4j.config.OrNull;
import org.diffusion4j.config.OrOne;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.NetworkTensor;
import org.diffusion4j.graph.option.Activation;
import org.diffusion4j.graph.option.AdditionEmbedType;
import org.diffusion4j.graph.option.ConditionClassEmbedType;
import org.diffusion4j.graph.option.ConditionDownBlockType;
import org.diffusion4j.graph.option.ConditionMidBlockType;
import org.diffusion4j.graph.option.ConditionUpBlockType;
import org.diffusion4j.graph.option.TimeInjection;
import org.diffusion4j.graph.unet2dcondition.ConditionInputs;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What a ControlNet is made of: the options of diffusers' {@code ControlNetModel} under their names (camelCased). A configuration
 * that exists is valid. Make one with {@link #builder()}, which starts from diffusers' defaults. An option that isn't explained
 * here is that of {@link UNet2DConditionConfig}.
 *
 * @param inChannels channels of the sample
 * @param conditioningChannels channels of the picture
 * @param flipSinToCos see there
 * @param freqShift see there
 * @param downBlockTypes one per level; no K blocks
 * @param midBlockType a bottleneck of transformers or of a single residual block
 * @param onlyCrossAttention see there
 * @param blockOutChannels see there
 * @param layersPerBlock residual blocks of each level
 * @param downsamplePadding see there
 * @param midBlockScaleFactor see there
 * @param actFn see there
 * @param normNumGroups see there
 * @param normEps see there
 * @param crossAttentionDim see there
 * @param transformerLayersPerBlock see there
 * @param attentionHeadDim see there
 * @param numAttentionHeads for each level, the number of heads in transformers; null for attentionHeadDim
 * @param useLinearProjection see there
 * @param classEmbedType timestep, identity or projection; null for a table if numClassEmbeds is given
 * @param additionEmbedType text or text_time; null for nothing
 * @param additionTimeEmbedDim see there
 * @param numClassEmbeds see there
 * @param upcastAttention see there
 * @param resnetTimeScaleShift see there
 * @param projectionClassEmbeddingsInputDim see there
 * @param conditioningEmbeddingOutChannels the channels between the convolutions that bring the picture to the sample's size; each
 *     but the first halves it
 * @param globalPoolConditions whether each result is its own mean over the image
 * @param additionEmbedTypeNumHeads see there
 */
@RecordBuilder
public record ControlNetConfig(
        int inChannels,
        int conditioningChannels,
        boolean flipSinToCos,
        double freqShift,
        List<ConditionDownBlockType> downBlockTypes,
        ConditionMidBlockType midBlockType,
        @OrOne List<Boolean> onlyCrossAttention,
        List<Integer> blockOutChannels,
        int layersPerBlock,
        int downsamplePadding,
        double midBlockScaleFactor,
        Activation actFn,
        Integer normNumGroups,
        double normEps,
        @OrOne List<Integer> crossAttentionDim,
        @OrOne List<List<Integer>> transformerLayersPerBlock,
        @OrOne List<Integer> attentionHeadDim,
        @OrNull @OrOne List<Integer> numAttentionHeads,
        boolean useLinearProjection,
        @OrNull ConditionClassEmbedType classEmbedType,
        @OrNull AdditionEmbedType additionEmbedType,
        Integer additionTimeEmbedDim,
        Integer numClassEmbeds,
        boolean upcastAttention,
        TimeInjection resnetTimeScaleShift,
        Integer projectionClassEmbeddingsInputDim,
        List<Integer> conditioningEmbeddingOutChannels,
        boolean globalPoolConditions,
        int additionEmbedTypeNumHeads)
        implements NetworkConfig {
    /** A picture is halved at most as often. */
    private static final int MOST_HALVINGS = 8;

    /** Diffusers' defaults, which are those of the U-Net where both have an option. */
    private static final ControlNetConfig DEFAULTS = defaults();

    private static ControlNetConfig defaults() {
        UNet2DConditionConfig unet = UNet2DConditionConfig.builder().build();
        return ControlNetConfigBuilder.builder()
                .inChannels(unet.inChannels())
                .conditioningChannels(3)
                .flipSinToCos(unet.flipSinToCos())
                .freqShift(unet.freqShift())
                .downBlockTypes(unet.downBlockTypes())
                .midBlockType(unet.midBlockType())
                .onlyCrossAttention(unet.onlyCrossAttention())
                .blockOutChannels(unet.blockOutChannels())
                .layersPerBlock(2)
                .downsamplePadding(unet.downsamplePadding())
                .midBlockScaleFactor(unet.midBlockScaleFactor())
                .actFn(unet.actFn())
                .normNumGroups(unet.normNumGroups())
                .normEps(unet.normEps())
                .crossAttentionDim(unet.crossAttentionDim())
                .transformerLayersPerBlock(unet.transformerLayersPerBlock())
                .attentionHeadDim(unet.attentionHeadDim())
                .resnetTimeScaleShift(unet.resnetTimeScaleShift())
                .conditioningEmbeddingOutChannels(List.of(16, 32, 96, 256))
                .additionEmbedTypeNumHeads(unet.additionEmbedTypeNumHeads())
                .build();
    }

    /** Refuses options that no network can be built from; the message names the option as {@code config.json} does. */
    public ControlNetConfig {
        downBlockTypes = List.copyOf(downBlockTypes);
        onlyCrossAttention = List.copyOf(onlyCrossAttention);
        blockOutChannels = List.copyOf(blockOutChannels);
        crossAttentionDim = List.copyOf(crossAttentionDim);
        transformerLayersPerBlock =
                transformerLayersPerBlock.stream().map(List::copyOf).toList();
        attentionHeadDim = List.copyOf(attentionHeadDim);
        numAttentionHeads = numAttentionHeads == null ? null : List.copyOf(numAttentionHeads);
        conditioningEmbeddingOutChannels = List.copyOf(conditioningEmbeddingOutChannels);
        countable("conditioning_channels", conditioningChannels);
        requireWithin(
                "conditioning_embedding_out_channels", 1, MOST_HALVINGS + 1, conditioningEmbeddingOutChannels.size());
        conditioningEmbeddingOutChannels.forEach(each -> countable("conditioning_embedding_out_channels", each));
        require(
                downBlockTypes.stream().noneMatch(ConditionDownBlockType::isK),
                "down_block_types",
                "no K blocks in a ControlNet",
                downBlockTypes.stream().map(ConditionDownBlockType::configName).toList());
        require(
                midBlockType != ConditionMidBlockType.SIMPLE_CROSS,
                "mid_block_type",
                "UNetMidBlock2DCrossAttn or UNetMidBlock2D",
                midBlockType.configName());
        require(
                additionEmbedType == null
                        || additionEmbedType == AdditionEmbedType.TEXT
                        || additionEmbedType == AdditionEmbedType.TEXT_TIME,
                "addition_embed_type",
                "null, text or text_time in a ControlNet",
                additionEmbedType == null ? null : additionEmbedType.configName());
        require(
                classEmbedType != ConditionClassEmbedType.SIMPLE_PROJECTION,
                "class_embed_type",
                "null, timestep, identity or projection in a ControlNet",
                classEmbedType == null ? null : classEmbedType.configName());
        // The library activates the labels' MLP by SiLU whatever act_fn says, unlike that of its U-Net.
        require(
                classEmbedType != ConditionClassEmbedType.TIMESTEP || actFn == Activation.SILU,
                "act_fn",
                "silu, as class_embed_type is timestep",
                actFn.configName());
        // The library takes the one for transformers and the other for all other blocks.
        require(
                numAttentionHeads == null
                        || downBlockTypes.stream()
                                .allMatch(type -> type == ConditionDownBlockType.CROSS
                                        || type == ConditionDownBlockType.DOWN
                                        || type == ConditionDownBlockType.RESNET),
                "num_attention_heads",
                "null, as not all attention is in transformers",
                numAttentionHeads);
        // The same options make the encoder, which refuses what doesn't fit. The decoder is never built.
        UNet2DConditionConfig.builder()
                .inChannels(inChannels)
                .flipSinToCos(flipSinToCos)
                .freqShift(freqShift)
                .downBlockTypes(downBlockTypes)
                .midBlockType(midBlockType)
                .onlyCrossAttention(onlyCrossAttention)
                .blockOutChannels(blockOutChannels)
                .downsamplePadding(downsamplePadding)
                .midBlockScaleFactor(midBlockScaleFactor)
                .actFn(actFn)
                .normNumGroups(normNumGroups)
                .normEps(normEps)
                .crossAttentionDim(crossAttentionDim)
                .transformerLayersPerBlock(transformerLayersPerBlock)
                .useLinearProjection(useLinearProjection)
                .classEmbedType(classEmbedType)
                .additionEmbedType(additionEmbedType)
                .additionTimeEmbedDim(additionTimeEmbedDim)
                .numClassEmbeds(numClassEmbeds)
                .upcastAttention(upcastAttention)
                .resnetTimeScaleShift(resnetTimeScaleShift)
                .projectionClassEmbeddingsInputDim(projectionClassEmbeddingsInputDim)
                .additionEmbedTypeNumHeads(additionEmbedTypeNumHeads)
                .layersPerBlock(List.of(layersPerBlock))
                .attentionHeadDim(numAttentionHeads == null ? attentionHeadDim : numAttentionHeads)
                .upBlockTypes(Collections.nCopies(downBlockTypes.size(), ConditionUpBlockType.UP))
                .build();
    }

    /** The U-Net whose encoder this network has, with plain levels in place of a decoder. */
    UNet2DConditionConfig encoder() {
        Map<String, Object> same = ConfigKeys.toMap(this);
        if (numAttentionHeads != null) {
            same.put("attention_head_dim", numAttentionHeads);
        }
        List<String> up = Collections.nCopies(downBlockTypes.size(), ConditionUpBlockType.UP.configName());
        same.put("up_block_types", up);
        return ConfigKeys.with(UNet2DConditionConfig.builder().build(), same);
    }

    /** {@inheritDoc} They are those of {@link ControlNetGraph}. */
    @Override
    public List<NetworkTensor> inputs() {
        List<NetworkTensor> inputs =
                new ArrayList<>(ConditionInputs.of(encoder()).ofAnyLength().list(DataType.FLOAT, -1, -1));
        inputs.add(new NetworkTensor(ControlNetGraph.PICTURE, DataType.FLOAT, -1, conditioningChannels, -1, -1));
        return List.copyOf(inputs);
    }

    /** {@inheritDoc} They are what a U-Net adds to its encoder's outputs, in order, and to its bottleneck's. */
    @Override
    public List<NetworkTensor> outputs() {
        List<NetworkTensor> outputs = new ArrayList<>();
        outputs.add(output(0, blockOutChannels.get(0)));
        for (int level = 0; level < blockOutChannels.size(); level++) {
            boolean last = level == blockOutChannels.size() - 1;
            for (int i = 0; i < layersPerBlock + (last ? 0 : 1); i++) {
                outputs.add(output(outputs.size(), blockOutChannels.get(level)));
            }
        }
        int channels = blockOutChannels.get(blockOutChannels.size() - 1);
        outputs.add(new NetworkTensor(ControlNetGraph.MIDDLE_OUTPUT, DataType.FLOAT, -1, channels, -1, -1));
        return List.copyOf(outputs);
    }

    private static NetworkTensor output(int number, int channels) {
        return new NetworkTensor(ControlNetGraph.downOutput(number), DataType.FLOAT, -1, channels, -1, -1);
    }

    @Override
    public ControlNetGraph graph() {
        return ControlNetGraph.of(this);
    }

    @Override
    public Map<String, long[]> parameterShapes() {
        return ControlNetGraph.parameterShapes(this);
    }

    /**
     * How many times larger the picture is than the sample.
     *
     * @return a power of 2
     */
    public int pictureFactor() {
        return 1 << (conditioningEmbeddingOutChannels.size() - 1);
    }

    /**
     * A builder that starts from diffusers' defaults.
     *
     * @return a new builder
     */
    public static ControlNetConfigBuilder builder() {
        return ControlNetConfigBuilder.builder(DEFAULTS);
    }

    /**
     * A builder that starts from this configuration.
     *
     * @return a new builder
     */
    public ControlNetConfigBuilder toBuilder() {
        return ControlNetConfigBuilder.builder(this);
    }
}
