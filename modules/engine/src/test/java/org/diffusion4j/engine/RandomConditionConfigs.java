package org.diffusion4j.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
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
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfigBuilder;

/** Small conditional U-Nets that touch every option, drawn from a seed. */
final class RandomConditionConfigs {
    private RandomConditionConfigs() {}

    static UNet2DConditionConfig draw(long seed) {
        Random random = new Random(seed);
        UNet2DConditionConfigBuilder builder = UNet2DConditionConfig.builder()
                .inChannels(1 + random.nextInt(3))
                .outChannels(1 + random.nextInt(3))
                .centerInputSample(random.nextBoolean())
                .flipSinToCos(random.nextBoolean())
                .freqShift(random.nextInt(2))
                .normEps(random.nextBoolean() ? 1e-5 : 1e-3)
                .midBlockScaleFactor(1 + random.nextInt(2))
                .actFn(random.nextBoolean() ? Activation.SILU : of(random, Activation.GELU, Activation.MISH))
                .resnetTimeScaleShift(of(random, TimeInjection.ADD, TimeInjection.SCALE_SHIFT))
                .convInKernel(1 + 2 * random.nextInt(2))
                .convOutKernel(1 + 2 * random.nextInt(2))
                .timeEmbeddingActFn(random.nextInt(3) == 0 ? Activation.SILU : null)
                .timestepPostAct(random.nextInt(3) == 0 ? Activation.GELU : null)
                .timeCondProjDim(random.nextInt(3) == 0 ? 5 : null);
        switch (random.nextInt(4)) {
            case 0 -> kDiffusion(builder, random);
            case 1 -> simple(builder, random);
            default -> transformers(builder, random);
        }
        classes(builder, random);
        return builder.build();
    }

    private static void transformers(UNet2DConditionConfigBuilder builder, Random random) {
        int levels = 1 + random.nextInt(3);
        // Sizes that can't be halved are for plain levels and transformers.
        builder.sampleSize(new SampleSize(4 + random.nextInt(5), 4 + random.nextInt(4)));
        List<ConditionDownBlockType> down = new ArrayList<>();
        List<ConditionUpBlockType> up = new ArrayList<>();
        List<Integer> widths = new ArrayList<>();
        List<Integer> heads = new ArrayList<>();
        List<Integer> layers = new ArrayList<>();
        List<List<Integer>> depths = new ArrayList<>();
        List<List<Integer>> upDepths = new ArrayList<>();
        for (int level = 0; level < levels; level++) {
            down.add(of(
                    random,
                    ConditionDownBlockType.CROSS,
                    ConditionDownBlockType.CROSS,
                    ConditionDownBlockType.DOWN,
                    ConditionDownBlockType.ATTENTION));
            up.add(of(
                    random,
                    ConditionUpBlockType.CROSS,
                    ConditionUpBlockType.CROSS,
                    ConditionUpBlockType.UP,
                    ConditionUpBlockType.ATTENTION));
            widths.add(of(random, 8, 12));
            heads.add(of(random, 1, 2, 3, 4));
            layers.add(1 + random.nextInt(2));
            depths.add(drawn(random, random.nextBoolean() ? 1 : layers.get(level)));
        }
        for (int index = 0; index < levels; index++) {
            upDepths.add(drawn(random, random.nextBoolean() ? 1 : layers.get(levels - 1 - index) + 1));
        }
        builder.downBlockTypes(down)
                .upBlockTypes(up)
                .midBlockType(of(random, null, ConditionMidBlockType.RESNET, ConditionMidBlockType.CROSS))
                .blockOutChannels(widths)
                .normNumGroups(of(random, 2, 4))
                .attentionHeadDim(heads)
                .layersPerBlock(layers)
                .transformerLayersPerBlock(depths)
                .reverseTransformerLayersPerBlock(upDepths)
                .useLinearProjection(random.nextBoolean())
                .onlyCrossAttention(Collections.nCopies(levels, random.nextInt(3) == 0))
                .downsamplePadding(random.nextInt(2))
                .crossAttentionDim(List.of(10));
        context(builder, random);
    }

    private static List<Integer> drawn(Random random, int count) {
        List<Integer> depths = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            depths.add(random.nextInt(3));
        }
        return depths;
    }

    private static void simple(UNet2DConditionConfigBuilder builder, Random random) {
        boolean grouped = random.nextBoolean();
        builder.sampleSize(new SampleSize(4, 6))
                .blockOutChannels(List.of(8, 8))
                .downBlockTypes(List.of(ConditionDownBlockType.RESNET, ConditionDownBlockType.SIMPLE_CROSS))
                .upBlockTypes(List.of(ConditionUpBlockType.SIMPLE_CROSS, ConditionUpBlockType.RESNET))
                .midBlockType(of(random, ConditionMidBlockType.SIMPLE_CROSS, ConditionMidBlockType.RESNET))
                .normNumGroups(4)
                .attentionHeadDim(List.of(4, 2))
                .layersPerBlock(List.of(1))
                .onlyCrossAttention(List.of(random.nextBoolean()))
                .crossAttentionDim(List.of(grouped ? 32 : 8))
                .crossAttentionNorm(
                        of(random, null, grouped ? CrossAttentionNorm.GROUP_NORM : CrossAttentionNorm.LAYER_NORM))
                .resnetSkipTimeAct(random.nextBoolean())
                .resnetOutScaleFactor(1 + random.nextInt(2));
        context(builder, random);
    }

    private static void kDiffusion(UNet2DConditionConfigBuilder builder, Random random) {
        builder.sampleSize(new SampleSize(4, 6))
                .blockOutChannels(List.of(32, 32))
                .downBlockTypes(List.of(
                        of(random, ConditionDownBlockType.K, ConditionDownBlockType.K_CROSS),
                        ConditionDownBlockType.K_CROSS))
                .upBlockTypes(List.of(ConditionUpBlockType.K_CROSS, ConditionUpBlockType.K))
                .midBlockType(null)
                .normNumGroups(null)
                .attentionHeadDim(List.of(16))
                .layersPerBlock(List.of(1))
                .crossAttentionDim(List.of(6))
                .timeEmbeddingType(TimeEmbeddingType.FOURIER)
                .timeEmbeddingDim(32);
    }

    private static void context(UNet2DConditionConfigBuilder builder, Random random) {
        switch (random.nextInt(6)) {
            case 0 -> builder.encoderHidDim(6).encoderHidDimType(EncoderHidType.TEXT_PROJ);
            case 1 -> builder.encoderHidDim(6).encoderHidDimType(EncoderHidType.TEXT_IMAGE_PROJ);
            case 2 -> builder.encoderHidDim(6).encoderHidDimType(EncoderHidType.IMAGE_PROJ);
            default -> {}
        }
        switch (random.nextInt(6)) {
            case 0 -> builder.additionEmbedType(AdditionEmbedType.TEXT).additionEmbedTypeNumHeads(2);
            case 1 ->
                builder.additionEmbedType(AdditionEmbedType.TEXT_TIME)
                        .additionTimeEmbedDim(4)
                        .projectionClassEmbeddingsInputDim(30);
            case 2 -> {
                if (builder.encoderHidDimType() != EncoderHidType.IMAGE_PROJ) {
                    builder.additionEmbedType(AdditionEmbedType.TEXT_IMAGE);
                }
            }
            case 3 -> {
                if (builder.encoderHidDimType() == EncoderHidType.IMAGE_PROJ) {
                    builder.additionEmbedType(AdditionEmbedType.IMAGE_HINT).inChannels(6);
                }
            }
            default -> {}
        }
    }

    private static void classes(UNet2DConditionConfigBuilder builder, Random random) {
        int drawn = random.nextInt(10);
        switch (drawn) {
            case 0 -> builder.numClassEmbeds(5);
            case 1, 2, 3, 4 -> {
                builder.classEmbedType(List.of(ConditionClassEmbedType.values()).get(drawn - 1));
                if (builder.projectionClassEmbeddingsInputDim() == null) {
                    builder.projectionClassEmbeddingsInputDim(7);
                }
                builder.classEmbeddingsConcat(
                        builder.additionEmbedType() == null && builder.normNumGroups() != null && random.nextBoolean());
            }
            default -> {}
        }
    }

    @SafeVarargs
    private static <T> T of(Random random, T... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
