package org.diffusion4j.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.diffusion4j.samediff.WeightSource;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class UNetGraphTest {
    private static SameDiff graph(UNetConfig config, long seed) {
        return UNetGraph.of(config).dataType(DataType.DOUBLE).seed(seed).build();
    }

    @Test
    void presetsHaveTheParametersThatTheyAreKnownFor() {
        assertEquals(1_623_169, parameters(UNetPreset.SMALL.config()));
        assertEquals(35_746_307, parameters(UNetPreset.CIFAR10.config()));
    }

    private static long parameters(UNetConfig config) {
        return config.parameterShapes().values().stream()
                .mapToLong(shape -> LongStream.of(shape).reduce(1, (a, b) -> a * b))
                .sum();
    }

    @Test
    void theGraphHasTheInputsAndOutputsThatItsConfigurationNames() {
        for (long seed = 0; seed < 20; seed++) {
            UNetConfig config = RandomConfigs.draw(seed);
            SameDiff graph = graph(config, seed);
            assertEquals(
                    Set.copyOf(graph.inputs()),
                    config.inputs().stream().map(NetworkTensor::name).collect(Collectors.toSet()));
            for (NetworkTensor input : config.inputs()) {
                long[] shape = graph.getVariable(input.name()).getShape();
                assertEquals(shape.length, input.shape().length, input.name());
                for (int i = 0; i < shape.length; i++) {
                    assertTrue(input.shape()[i] == shape[i] || input.shape()[i] == -1, input.toString());
                }
            }
            NetworkTensor output = config.outputs().get(0);
            SampleSize size = config.sampleSize();
            assertEquals(UNetGraph.OUTPUT, output.name());
            assertArrayEquals(new long[] {-1, config.outChannels(), size.height(), size.width()}, output.shape());
            assertNotNull(graph.getVariable(output.name()));
        }
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
    void sharedWeightsMakeTheSameGraphAndAreCopiedWhenTheyAreAskedFor() {
        UNetConfig config = UNetPreset.TINY.config();
        Map<String, WeightSource> weights = new HashMap<>();
        SameDiff initial = UNetGraph.build(config);
        config.parameterShapes()
                .keySet()
                .forEach(name -> weights.put(name, WeightSource.of(initial.getArrForVarName(name))));
        SameDiff shared = UNetGraph.of(config).sharedWeights(weights).build();
        Map<String, INDArray> inputs = RandomConfigs.inputs(config, 2, 2);
        assertEquals(initial.outputSingle(inputs, UNetGraph.OUTPUT), shared.outputSingle(inputs, UNetGraph.OUTPUT));
        shared.getArrForVarName("conv_in.weight").addi(1);
        assertEquals(
                UNetGraph.build(config).getArrForVarName("conv_in.weight"), initial.getArrForVarName("conv_in.weight"));
    }

    /** A saved ComputationGraph's vector is laid out in the order of the list, whatever an inference graph computes first. */
    @Test
    void aShortcutsParametersAreListedAfterThoseOfItsBlock() {
        List<String> names =
                List.copyOf(UNetPreset.SMALL.config().parameterShapes().keySet());
        String block = "up_blocks.0.resnets.0.";
        int last = names.indexOf(block + "conv2.bias");
        assertEquals(
                List.of(block + "conv_shortcut.weight", block + "conv_shortcut.bias"),
                names.subList(last + 1, last + 3));
    }

    @Test
    void aGraphIsBuiltWithoutReadingItsWeights() {
        for (long seed = 0; seed < 30; seed++) {
            UNetConfig config = RandomConfigs.draw(seed);
            SameDiff initial = UNetGraph.build(config);
            Map<String, WeightSource> unread = new HashMap<>();
            UNetGraph.initialWeights(config, 0)
                    .forEach((name, source) ->
                            unread.put(name, initial.getVariable(name).isConstant() ? source : new Unread(source)));
            UNetGraph.of(config).sharedWeights(unread).build();
            UNetGraph.of(config).sharedWeights(unread).training(true).build();
        }
    }

    /** A weight that must not be read. */
    private record Unread(WeightSource source) implements WeightSource {
        @Override
        public long[] shape() {
            return source.shape();
        }

        @Override
        public DataType dataType() {
            return source.dataType();
        }

        @Override
        public <T> T use(Function<INDArray, T> reader) {
            throw new AssertionError("it was read");
        }

        @Override
        public INDArray array() {
            return use(array -> array);
        }
    }

    @Test
    void initialWeightsThatAreDrawnWhenTheyAreNeededAreThoseOfANewGraph() {
        UNetConfig config = UNetPreset.TINY.config();
        SameDiff initial = UNetGraph.of(config).seed(3).build();
        Map<String, WeightSource> drawn = UNetGraph.initialWeights(config, 3);
        assertEquals(config.parameterShapes().keySet(), drawn.keySet());
        drawn.forEach((name, source) -> source.read(array -> assertEquals(initial.getArrForVarName(name), array)));
    }

    @Test
    void weightsThatAreMissingSurplusOrMisshapenAreNamed() {
        UNetConfig config = UNetPreset.TINY.config();
        Map<String, INDArray> weights = new HashMap<>();
        config.parameterShapes().forEach((name, shape) -> weights.put(name, Nd4j.zeros(DataType.FLOAT, shape)));
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
    void dropoutActsOnlyInTraining() {
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
