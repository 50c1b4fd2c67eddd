package org.diffusion4j.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.graph.UNetPreset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;

/** What both engines of gradients hold to, and SameDiff's alone. */
class SameDiffGradientsTest {
    private final SameDiff graph = UNetGraph.build(UNetPreset.TINY.config());
    private final FlatParameters parameters = new FlatParameters(graph);
    private final INDArray sample =
            Nd4j.linspace(-1, 1, 192).castTo(DataType.FLOAT).reshape(1, 3, 8, 8);
    private final INDArray timestep = Nd4j.createFromArray(500f);

    private static int ompThreads() {
        return NativeOpsHolder.getInstance().getDeviceNativeOps().ompGetMaxThreads();
    }

    @Test
    void computesOnAsManyThreadsAsAskedForAndGivesTheCallerHisOwnBack() {
        int before = ompThreads();
        List<Integer> during = new ArrayList<>();
        try (GradientEngine engine = EngineKind.SAMEDIFF.openGradients(graph, parameters, false, before + 2)) {
            engine.accumulate(sample, timestep, Map.of(), output -> {
                during.add(ompThreads());
                return Nd4j.ones(output.shape());
            });
        }
        assertEquals(List.of(before + 2), during);
        assertEquals(before, ompThreads());
    }

    @ParameterizedTest
    @EnumSource(names = {"SAMEDIFF", "ONEDNN"})
    void aForwardPassGivesTheOutputAndLeavesTheGradients(EngineKind kind) {
        try (GradientEngine engine = kind.openGradients(graph, parameters, false, 1)) {
            List<INDArray> outputs = new ArrayList<>();
            engine.accumulate(sample, timestep, Map.of(), output -> {
                outputs.add(output.dup());
                return Nd4j.ones(output.shape());
            });
            INDArray gradients = parameters.gradients().dup();
            assertTrue(gradients.norm1Number().doubleValue() > 0);
            INDArray predicted = engine.predict(sample, timestep, Map.of());
            INDArray other = engine.predict(sample.neg(), timestep, Map.of());
            assertEquals(outputs.get(0), predicted);
            assertNotEquals(predicted, other);
            assertEquals(gradients, parameters.gradients());

            parameters.gradients().assign(0);
            engine.accumulate(sample, timestep, Map.of(), output -> Nd4j.ones(output.shape()));
            assertEquals(gradients, parameters.gradients());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SAMEDIFF", "ONEDNN"})
    void theOutputIsFreedAndNothingIsComputedOnceItIsClosed(EngineKind kind) {
        GradientEngine engine = kind.openGradients(graph, parameters, false, 1);
        List<INDArray> outputs = new ArrayList<>();
        engine.accumulate(sample, timestep, Map.of(), output -> {
            outputs.add(output);
            return Nd4j.ones(output.shape());
        });
        assertTrue(outputs.get(0).wasClosed());
        engine.close();
        engine.close();
        assertEquals(
                "the engine is closed",
                assertThrows(
                                IllegalStateException.class,
                                () -> engine.accumulate(sample, timestep, Map.of(), output -> output))
                        .getMessage());
    }

    /** What an optimiser writes counts at once. */
    @ParameterizedTest
    @EnumSource(names = {"SAMEDIFF", "ONEDNN"})
    void theParametersAreShared(EngineKind kind) {
        try (GradientEngine engine = kind.openGradients(graph, parameters, false, 1)) {
            engine.accumulate(sample, timestep, Map.of(), output -> Nd4j.ones(output.shape()));
            parameters.values().muli(0.5);
            parameters.gradients().assign(0);
            engine.accumulate(sample, timestep, Map.of(), output -> Nd4j.ones(output.shape()));
        }
        INDArray found = parameters.gradients().dup();
        parameters.gradients().assign(0);
        try (GradientEngine engine = kind.openGradients(graph, parameters, false, 1)) {
            engine.accumulate(sample, timestep, Map.of(), output -> Nd4j.ones(output.shape()));
        }
        assertEquals(parameters.gradients(), found);
    }
}
