package org.diffusion4j.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.RandomConfigs;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.graph.UNetPreset;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Gradients for which parts of the forward pass are computed once more. */
class CheckpointingTest {
    /** What a pass forward and backward leaves. */
    private record Passed(float[] output, float[] ofSample, float[] ofParameters, long arrayBytes) {}

    private static Passed pass(UNetConfig config, long seed, int batch, boolean checkpointing) {
        SameDiff graph = UNetGraph.of(config)
                .contextLength(RandomConfigs.CONTEXT_LENGTH)
                .seed(seed)
                .training(true)
                .build();
        Map<String, INDArray> inputs = RandomConfigs.inputs(config, batch, seed);
        if (config.dropout() > 0) {
            inputs.put(
                    UNetGraph.DROPOUT_SEED,
                    Nd4j.createFromArray(LongStream.range(0, batch)
                            .mapToDouble(i -> 1000 * i + seed)
                            .toArray()));
        }
        FlatParameters parameters = new FlatParameters(graph);
        List<String> outputs = List.of(UNetGraph.OUTPUT);
        List<String> ofInputs = List.of(UNetGraph.SAMPLE);
        try (CompiledGraph compiled =
                new CompiledGraph(graph, outputs, parameters, ofInputs, 2, Precision.FP32, checkpointing)) {
            INDArray output = null;
            INDArray ofSample = null;
            for (int run = 0; run < 2; run++) { // the second begins with what the first has left in memory
                output = compiled.run(inputs).get(UNetGraph.OUTPUT);
                INDArray gradient = output.mul(output).addi(0.5);
                ofSample = compiled.backward(Map.of(UNetGraph.OUTPUT, gradient)).get(UNetGraph.SAMPLE);
            }
            return new Passed(
                    output.data().asFloat(),
                    ofSample.data().asFloat(),
                    parameters.gradients().data().asFloat(),
                    compiled.arrayBytes());
        }
    }

    private static void areTheSame(UNetConfig config, long seed, int batch) {
        Passed kept = pass(config, seed, batch, false);
        Passed again = pass(config, seed, batch, true);
        assertArrayEquals(kept.output, again.output);
        assertArrayEquals(kept.ofSample, again.ofSample);
        assertArrayEquals(kept.ofParameters, again.ofParameters);
        assertTrue(again.arrayBytes <= kept.arrayBytes, again.arrayBytes + " in place of " + kept.arrayBytes);
    }

    @TestFactory
    Stream<DynamicTest> givesTheSameBitsWithRandomOptions() {
        // Of 469, steps' own memory is most of what there is, so that checkpointing saves none.
        return Stream.concat(withRandomOptions(400, 403), withRandomOptions(469, 470));
    }

    @TestFactory
    @Tag("slow")
    Stream<DynamicTest> givesTheSameBitsWithFurtherRandomOptions() {
        return withRandomOptions(403, 500);
    }

    private static Stream<DynamicTest> withRandomOptions(long first, long end) {
        return LongStream.range(first, end)
                .mapToObj(seed -> DynamicTest.dynamicTest("seed " + seed, () -> {
                    UNetConfig config = RandomConfigs.draw(seed).toBuilder()
                            .dropout(seed % 2 == 0 ? 0.3 : 0)
                            .build();
                    areTheSame(config, seed, seed % 3 == 0 ? 1 : 3);
                }));
    }

    /** Convolutions of 32 channels and more are done by Winograd's algorithm, whose weights the backward pass transforms, too. */
    @Test
    void givesTheSameBitsWhereConvolutionsAreDoneByWinograd() {
        UNetConfig config = UNetPreset.SMALL.config().toBuilder()
                .sampleSize(new SampleSize(32, 24))
                .blockOutChannels(List.of(32, 64, 64))
                .dropout(0.1)
                .build();
        areTheSame(config, 1, 3);
    }

    @Test
    void takesLessThanTwoThirdsOfTheMemory() {
        UNetConfig config = UNetPreset.SMALL.config().toBuilder()
                .sampleSize(SampleSize.square(64))
                .layersPerBlock(2)
                .build();
        long kept = pass(config, 1, 2, false).arrayBytes;
        long again = pass(config, 1, 2, true).arrayBytes;
        assertTrue(again < 2 * kept / 3, again + " bytes in place of " + kept);
    }

    @Test
    void isRefusedWhereSameDiffRunsTheNetwork() {
        SameDiff graph = UNetGraph.build(RandomConfigs.oneLevel(SampleSize.square(8), 8));
        FlatParameters parameters = new FlatParameters(graph);
        String message = assertThrows(
                        Diffusion4jException.class,
                        () -> EngineKind.SAMEDIFF.openGradients(graph, parameters, false, 1, Precision.FP32, true))
                .getMessage();
        assertEquals("checkpointing: expected onednn, which can do it, found that SameDiff runs this network", message);
        assertThrows(Diffusion4jException.class, () -> EngineKind.SAMEDIFF.resolveCheckpointing(true));
        EngineKind.SAMEDIFF.resolveCheckpointing(false);
    }
}
