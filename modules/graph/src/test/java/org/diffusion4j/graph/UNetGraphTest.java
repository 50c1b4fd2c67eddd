package org.diffusion4j.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class UNetGraphTest {
    private static final int CONTEXT_LENGTH = RandomConfigs.CONTEXT_LENGTH;

    @TestFactory
    Stream<DynamicTest> everyOptionAloneMatchesFiniteDifferences() {
        Map<String, UnaryOperator<UNetConfig.Builder>> options = new LinkedHashMap<>();
        options.put("nothing special", b -> b);
        options.put("centered input", b -> b.centerInputSample(true));
        for (TimeEmbeddingType type : TimeEmbeddingType.values()) {
            options.put("time embedding " + type, b -> b.timeEmbeddingType(type).numTrainTimesteps(50));
        }
        options.put("time embedding's width", b -> b.timeEmbeddingDim(10).timeProjectionDim(6));
        options.put("odd positional width", b -> b.timeProjectionDim(7));
        for (TimeInjection injection : TimeInjection.values()) {
            options.put("time enters by " + injection, b -> b.resnetTimeScaleShift(injection));
        }
        for (DownsampleType type : DownsampleType.values()) {
            options.put("downsampling " + type, b -> b.downsampleType(type)
                    .downBlockTypes(List.of(DownBlockType.ATTENTION, DownBlockType.DOWN)));
        }
        options.put("downsampling padded right and bottom", b -> b.downsamplePadding(0));
        for (UpsampleType type : UpsampleType.values()) {
            options.put("upsampling " + type, b -> b.upsampleType(type));
        }
        for (NormType type : NormType.values()) {
            options.put("norm " + type, b -> b.normType(type));
        }
        for (Activation activation : Activation.values()) {
            options.put("activation " + activation, b -> b.actFn(activation));
        }
        options.put(
                "resnet resampling blocks", b -> b.downBlockTypes(List.of(DownBlockType.RESNET, DownBlockType.RESNET))
                        .upBlockTypes(List.of(UpBlockType.RESNET, UpBlockType.RESNET)));
        options.put("one head", b -> b.attentionHeadDim(null));
        options.put("head width that doesn't divide", b -> b.attentionHeadDim(5));
        options.put("heads by number", b -> b.numAttentionHeads(2));
        options.put("groups of the bottleneck's attention", b -> b.attnNormNumGroups(2));
        options.put("no attention in the bottleneck", b -> b.addAttention(false));
        options.put("no bottleneck", b -> b.midBlockType(null));
        options.put("bottleneck scaled", b -> b.midBlockScaleFactor(1.5));
        options.put("cross-attention", b -> b.crossAttentionDim(5));
        options.put("classes in a table", b -> b.numClassEmbeds(5));
        options.put("classes as timesteps", b -> b.classEmbedType(ClassEmbedType.TIMESTEP));
        options.put("classes as embeddings", b -> b.classEmbedType(ClassEmbedType.IDENTITY));
        options.put("no residuals", b -> b.resnetResidual(false));
        options.put("no skip connections", b -> b.skipConnections(false));
        options.put("1x1 output layer", b -> b.convOutKernel(1));
        return options.entrySet().stream()
                .map(option -> DynamicTest.dynamicTest(
                        option.getKey(),
                        () -> matchesFiniteDifferences(
                                option.getValue().apply(RandomConfigs.plain()).build(), 1)));
    }

    @TestFactory
    Stream<DynamicTest> randomCombinationsMatchFiniteDifferences() {
        return LongStream.range(0, 40)
                .mapToObj(seed -> DynamicTest.dynamicTest(
                        "seed " + seed, () -> matchesFiniteDifferences(RandomConfigs.draw(seed), seed)));
    }

    private static void matchesFiniteDifferences(UNetConfig config, long seed) {
        for (int batch : new int[] {1, 3}) {
            SameDiff sd = graph(config, seed);
            Map<String, INDArray> inputs = RandomConfigs.inputs(config, batch, seed);
            INDArray out = sd.output(inputs, UNetGraph.OUTPUT).get(UNetGraph.OUTPUT);
            SampleSize size = config.sampleSize();
            assertArrayEquals(new long[] {batch, config.outChannels(), size.height(), size.width()}, out.shape());
            assertTrue(out.amaxNumber().doubleValue() > 0, "the output is zero throughout");
            if (batch == 3) {
                gradientIsTheDirectionalDerivative(sd, inputs, seed);
            }
        }
    }

    /** All gradients at once: along a random direction of all parameters and the sample, the loss moves as they say. */
    private static void gradientIsTheDirectionalDerivative(SameDiff sd, Map<String, INDArray> inputs, long seed) {
        SDVariable out = sd.getVariable(UNetGraph.OUTPUT);
        SDVariable loss = sd.math().square(out.sub(0.3)).mean().rename("loss");
        sd.setLossVariables(loss);
        List<String> names = sd.variables().stream()
                .filter(v -> v.getVariableType() == VariableType.VARIABLE)
                .map(SDVariable::name)
                .toList();
        sd.createGradFunction(UNetGraph.SAMPLE);
        List<String> all =
                Stream.concat(names.stream(), Stream.of(UNetGraph.SAMPLE)).toList();
        Map<String, INDArray> gradients = sd.calculateGradients(inputs, all);
        Random random = new Random(seed + 1);
        Map<String, INDArray> direction = new HashMap<>();
        double expected = 0;
        for (String name : all) {
            INDArray gradient = gradients.get(name);
            assertNotNull(gradient, "no gradient of " + name);
            INDArray step = RandomConfigs.gaussian(random, gradient.shape());
            direction.put(name, step);
            expected += gradient.mul(step).sumNumber().doubleValue();
        }
        double eps = 1e-6;
        double found = (lossAt(sd, inputs, direction, eps) - lossAt(sd, inputs, direction, -eps)) / (2 * eps);
        assertEquals(expected, found, 1e-5 * Math.max(1, Math.abs(expected)));
    }

    private static double lossAt(
            SameDiff sd, Map<String, INDArray> inputs, Map<String, INDArray> direction, double eps) {
        direction.forEach((name, step) -> {
            if (!name.equals(UNetGraph.SAMPLE)) {
                sd.getVariable(name).getArr().addi(step.mul(eps));
            }
        });
        Map<String, INDArray> moved = new HashMap<>(inputs);
        moved.put(
                UNetGraph.SAMPLE,
                inputs.get(UNetGraph.SAMPLE).add(direction.get(UNetGraph.SAMPLE).mul(eps)));
        double loss = sd.output(moved, "loss").get("loss").getDouble(0);
        direction.forEach((name, step) -> {
            if (!name.equals(UNetGraph.SAMPLE)) {
                sd.getVariable(name).getArr().subi(step.mul(eps));
            }
        });
        return loss;
    }

    private static SameDiff graph(UNetConfig config, long seed) {
        return UNetGraph.of(config)
                .dataType(DataType.DOUBLE)
                .contextLength(CONTEXT_LENGTH)
                .seed(seed)
                .build();
    }

    @Test
    void presetsHaveTheParametersThatTheyAreKnownFor() {
        assertEquals(1_623_169, parameters(UNetPreset.SMALL.config()));
        assertEquals(35_746_307, parameters(UNetPreset.CIFAR10.config()));
    }

    private static long parameters(UNetConfig config) {
        return UNetGraph.parameterShapes(config).values().stream()
                .mapToLong(shape -> LongStream.of(shape).reduce(1, (a, b) -> a * b))
                .sum();
    }

    @Test
    void sameSeedGivesTheSameWeightsAndAnotherSeedOthers() {
        UNetConfig config = UNetPreset.TINY.config();
        String name = "conv_in.weight";
        INDArray first = UNetGraph.of(config).seed(7).build().getVariable(name).getArr();
        assertEquals(
                first, UNetGraph.of(config).seed(7).build().getVariable(name).getArr());
        assertTrue(first.distance2(
                        UNetGraph.of(config).seed(8).build().getVariable(name).getArr())
                > 0.1);
    }

    @Test
    void weightsThatAreMissingSurplusOrMisshapenAreNamed() {
        UNetConfig config = UNetPreset.TINY.config();
        Map<String, INDArray> weights = new HashMap<>();
        UNetGraph.parameterShapes(config)
                .forEach((name, shape) -> weights.put(name, Nd4j.zeros(DataType.FLOAT, shape)));
        assertNotNull(UNetGraph.of(config).weights(weights).build());

        INDArray conv = weights.remove("conv_in.weight");
        assertEquals("'conv_in.weight': expected a tensor of shape [8, 3, 3, 3], found none", refused(config, weights));
        weights.put("conv_in.weight", conv.reshape(8, 27));
        assertEquals("'conv_in.weight': expected shape [8, 3, 3, 3], found [8, 27]", refused(config, weights));
        weights.put("conv_in.weight", conv);
        weights.put("conv_in.scale", conv);
        assertEquals(
                "'conv_in.scale': expected none of that name in this network, found one", refused(config, weights));
    }

    private static String refused(UNetConfig config, Map<String, INDArray> weights) {
        return assertThrows(
                        IllegalArgumentException.class,
                        () -> UNetGraph.of(config).weights(weights).build())
                .getMessage();
    }

    @Test
    void sizesThatDontHalveAreRefused() {
        String message = assertThrows(IllegalArgumentException.class, () -> UNetGraph.of(UNetPreset.SMALL.config())
                        .size(30, 32)
                        .build())
                .getMessage();
        assertEquals("sample size: expected multiples of 4 for 3 levels, found 30x32", message);
    }

    @Test
    void dropoutScalesWhatItKeepsAndHasTheMasksGradient() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.var("x", Nd4j.ones(DataType.DOUBLE, 50, 40));
        SDVariable y = new SDDiffusion(sd)
                .dropout(new ShapedVariable(x, 50, 40), 0.25, sd.constant(Nd4j.arange(50)), 3)
                .variable();
        SDVariable loss = y.sum().rename("loss");
        sd.setLossVariables(loss);
        INDArray gradient = sd.calculateGradients(Map.of(), "x").get("x");
        long kept = 0;
        for (double value : gradient.data().asDouble()) {
            assertTrue(value == 0 || Math.abs(value - 1 / 0.75) < 1e-12, "a gradient of " + value);
            kept += value == 0 ? 0 : 1;
        }
        assertEquals(0.75, kept / 2000.0, 0.05);
    }

    @Test
    void dropoutActsInTrainingAlone() {
        UNetConfig config = RandomConfigs.plain().dropout(0.5).build();
        Map<String, INDArray> inputs = RandomConfigs.inputs(config, 2, 1);
        SameDiff evaluating = graph(config, 1);
        SameDiff training = UNetGraph.of(config)
                .dataType(DataType.DOUBLE)
                .seed(1)
                .training(true)
                .build();
        INDArray one = evaluating.output(inputs, UNetGraph.OUTPUT).get(UNetGraph.OUTPUT);
        assertEquals(one, evaluating.output(inputs, UNetGraph.OUTPUT).get(UNetGraph.OUTPUT));
        inputs.put(UNetGraph.DROPOUT_SEED, Nd4j.createFromArray(1f, 2f));
        INDArray dropped = training.output(inputs, UNetGraph.OUTPUT).get(UNetGraph.OUTPUT);
        assertTrue(one.distance2(dropped) > 1e-3);
        assertEquals(dropped, training.output(inputs, UNetGraph.OUTPUT).get(UNetGraph.OUTPUT));
        inputs.put(UNetGraph.DROPOUT_SEED, Nd4j.createFromArray(3f, 4f));
        assertTrue(dropped.distance2(training.output(inputs, UNetGraph.OUTPUT).get(UNetGraph.OUTPUT)) > 1e-3);
    }
}
