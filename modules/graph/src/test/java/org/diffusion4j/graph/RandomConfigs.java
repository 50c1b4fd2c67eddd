package org.diffusion4j.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Small configurations that touch every option, drawn from a seed. */
final class RandomConfigs {
    private RandomConfigs() {}

    /** Two levels of 8 and 12 channels, nothing special: where one option is changed from. */
    static UNetConfig.Builder plain() {
        return UNetConfig.builder()
                .sampleSize(new SampleSize(4, 6))
                .inChannels(2)
                .outChannels(2)
                .blockOutChannels(List.of(8, 12))
                .downBlockTypes(List.of(DownBlockType.DOWN, DownBlockType.ATTENTION))
                .upBlockTypes(List.of(UpBlockType.ATTENTION, UpBlockType.UP))
                .layersPerBlock(1)
                .attentionHeadDim(4)
                .normNumGroups(4);
    }

    static UNetConfig draw(long seed) {
        Random random = new Random(seed);
        int levels = 1 + random.nextInt(3);
        UNetConfig.Builder builder = UNetConfig.builder();
        if (random.nextInt(8) == 0) {
            return skipBlocks(builder, random);
        }
        int groups = pick(random, 1, 2, 4);
        List<Integer> channels = new ArrayList<>();
        List<DownBlockType> down = new ArrayList<>();
        List<UpBlockType> up = new ArrayList<>();
        for (int level = 0; level < levels; level++) {
            channels.add(4 * (1 + random.nextInt(3)));
            down.add(pick(random, DownBlockType.DOWN, DownBlockType.ATTENTION, DownBlockType.RESNET));
            up.add(pick(random, UpBlockType.UP, UpBlockType.ATTENTION, UpBlockType.RESNET));
        }
        int multiple = 1 << (levels - 1);
        TimeEmbeddingType time = pick(random, TimeEmbeddingType.values());
        builder.sampleSize(new SampleSize(multiple * (1 + random.nextInt(2)), multiple * (1 + random.nextInt(3))))
                .inChannels(1 + random.nextInt(3))
                .outChannels(1 + random.nextInt(3))
                .centerInputSample(random.nextBoolean())
                .timeEmbeddingType(time)
                .timeEmbeddingDim(pick(random, null, 10))
                .timeProjectionDim(pick(random, null, 6))
                .numTrainTimesteps(time == TimeEmbeddingType.LEARNED ? (Integer) 50 : null)
                .freqShift(pick(random, 0, 1))
                .flipSinToCos(random.nextBoolean())
                .blockOutChannels(channels)
                .downBlockTypes(down)
                .upBlockTypes(up)
                .midBlockType(random.nextInt(5) == 0 ? null : MidBlockType.RESNET_ATTENTION)
                .midBlockScaleFactor(pick(random, 1.0, 1.5))
                .layersPerBlock(1 + random.nextInt(2))
                .downsamplePadding(random.nextInt(2))
                .downsampleType(pick(random, DownsampleType.values()))
                .upsampleType(pick(random, UpsampleType.values()))
                .actFn(pick(random, Activation.values()))
                .normNumGroups(groups)
                .attnNormNumGroups(pick(random, null, 2))
                .normEps(pick(random, 1e-5, 1e-3))
                .normType(pick(random, NormType.values()))
                .resnetTimeScaleShift(pick(random, TimeInjection.values()))
                .addAttention(random.nextBoolean())
                .crossAttentionDim(pick(random, null, 5))
                .resnetResidual(random.nextInt(4) > 0)
                .skipConnections(random.nextInt(4) > 0)
                .convOutKernel(pick(random, 1, 3));
        if (random.nextBoolean()) {
            builder.attentionHeadDim(pick(random, null, 2, 3, 4));
        } else {
            builder.numAttentionHeads(pick(random, 1, 2, 4));
        }
        switch (random.nextInt(4)) {
            case 0 -> builder.numClassEmbeds(5);
            // Labels through the learned table would have to be timesteps; the others take any.
            case 1 -> builder.classEmbedType(ClassEmbedType.TIMESTEP);
            case 2 -> builder.classEmbedType(ClassEmbedType.IDENTITY);
            default -> {}
        }
        return builder.build();
    }

    private static UNetConfig skipBlocks(UNetConfig.Builder builder, Random random) {
        return builder.sampleSize(SampleSize.square(4))
                .blockOutChannels(List.of(32, 32))
                .downBlockTypes(List.of(DownBlockType.SKIP, DownBlockType.ATTENTION_SKIP))
                .upBlockTypes(List.of(UpBlockType.ATTENTION_SKIP, UpBlockType.SKIP))
                .layersPerBlock(1)
                .attentionHeadDim(pick(random, null, 8))
                .normNumGroups(null)
                .timeEmbeddingType(pick(random, TimeEmbeddingType.FOURIER, TimeEmbeddingType.POSITIONAL))
                .midBlockScaleFactor(Math.sqrt(2))
                .build();
    }

    @SafeVarargs
    private static <T> T pick(Random random, T... values) {
        return values[random.nextInt(values.length)];
    }
}
