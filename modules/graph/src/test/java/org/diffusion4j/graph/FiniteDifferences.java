package org.diffusion4j.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A network's gradients against what its loss does, in double precision. */
final class FiniteDifferences {
    private FiniteDifferences() {}

    /** A test for each of some options, by its name, of a plain network that has it. */
    static Stream<DynamicTest> tests(Map<String, UnaryOperator<UNetConfigBuilder>> options) {
        return options.entrySet().stream()
                .map(option -> DynamicTest.dynamicTest(
                        option.getKey(),
                        () -> match(
                                option.getValue().apply(RandomConfigs.plain()).build(), 1)));
    }

    static void match(UNetConfig config, long seed) {
        SameDiff sd = UNetGraph.of(config)
                .dataType(DataType.DOUBLE)
                .contextLength(RandomConfigs.CONTEXT_LENGTH)
                .seed(seed)
                .build();
        for (int batch : new int[] {1, 3}) {
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
}
