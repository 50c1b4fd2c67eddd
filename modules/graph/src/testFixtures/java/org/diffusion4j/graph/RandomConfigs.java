package org.diffusion4j.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
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
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Small configurations that touch every option, drawn from a seed. */
public final class RandomConfigs {
    /** Tokens of a context. */
    public static final int CONTEXT_LENGTH = 3;

    private RandomConfigs() {}

    /** Two levels of 8 and 12 channels, nothing special: where one option is changed from. */
    public static UNetConfigBuilder plain() {
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

    /** One level with attention, of any size and a width that 4 divides. */
    public static UNetConfig oneLevel(SampleSize size, int channels) {
        return plain()
                .sampleSize(size)
                .blockOutChannels(List.of(channels))
                .downBlockTypes(List.of(DownBlockType.ATTENTION))
                .upBlockTypes(List.of(UpBlockType.ATTENTION))
                .build();
    }

    public static UNetConfig draw(long seed) {
        Random random = new Random(seed);
        int levels = 1 + random.nextInt(3);
        UNetConfigBuilder builder = UNetConfig.builder();
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

    private static UNetConfig skipBlocks(UNetConfigBuilder builder, Random random) {
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

    /** Inputs of such a network in double, by placeholder. */
    public static Map<String, INDArray> inputs(UNetConfig config, int batch, long seed) {
        Random random = new Random(seed);
        Map<String, INDArray> inputs = new HashMap<>();
        SampleSize size = config.sampleSize();
        inputs.put(UNetGraph.SAMPLE, gaussian(random, batch, config.inChannels(), size.height(), size.width()));
        float[] timesteps = new float[batch];
        long[] labels = new long[batch];
        for (int i = 0; i < batch; i++) {
            timesteps[i] = 1 + random.nextInt(49);
            labels[i] = random.nextInt(5);
        }
        inputs.put(UNetGraph.TIMESTEP, Nd4j.createFromArray(timesteps));
        if (config.classEmbedType() == ClassEmbedType.IDENTITY) {
            inputs.put(UNetGraph.CLASS_LABELS, gaussian(random, batch, config.timeEmbedDim()));
        } else if (config.classEmbedType() == ClassEmbedType.TIMESTEP) {
            // log(0) is no number to embed
            inputs.put(
                    UNetGraph.CLASS_LABELS,
                    Nd4j.createFromArray(labels).castTo(DataType.FLOAT).addi(1));
        } else if (config.numClassEmbeds() != null) {
            inputs.put(UNetGraph.CLASS_LABELS, Nd4j.createFromArray(labels));
        }
        if (config.crossAttentionDim() != null) {
            inputs.put(UNetGraph.CONTEXT, gaussian(random, batch, CONTEXT_LENGTH, config.crossAttentionDim()));
        }
        return inputs;
    }

    static INDArray gaussian(Random random, long... shape) {
        double[] values = random.doubles(LongStream.of(shape).reduce(1, (a, b) -> a * b))
                .map(u -> 2 * Math.sqrt(3) * (u - 0.5))
                .toArray();
        return Nd4j.create(values, shape, DataType.DOUBLE);
    }
}
