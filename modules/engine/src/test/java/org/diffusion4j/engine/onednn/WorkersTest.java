package org.diffusion4j.engine.onednn;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.Running;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.RandomConfigs;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.graph.UNetPreset;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ExecutionerType;

class WorkersTest {
    private static final List<String> OUTPUTS = List.of(UNetGraph.OUTPUT);
    private static final UNetConfig TINY = UNetPreset.TINY.config();
    private static final UNetConfig SMALL = UNetPreset.SMALL.config();

    private static Workers workers(UNetConfig config, int threads, long bufferBytes) {
        return new Workers(UNetGraph.build(config), OUTPUTS, threads, false, null, List.of(), false, bufferBytes);
    }

    /** The placeholders' types are those of the inputs but for the timestep. */
    private static Map<String, INDArray> inputs(UNetConfig config, int batch) {
        Map<String, INDArray> inputs = new HashMap<>(RandomConfigs.inputs(config, batch, batch));
        inputs.computeIfPresent(UNetGraph.TIMESTEP, (name, array) -> array.castTo(DataType.FLOAT));
        return inputs;
    }

    private static INDArray run(Workers workers, Map<String, INDArray> inputs) {
        long batch = inputs.get(UNetGraph.SAMPLE).size(0);
        Map<String, INDArray> results = workers.results(batch);
        workers.run(inputs, batch, results, () -> false);
        return results.get(UNetGraph.OUTPUT);
    }

    @Test
    void anInterruptedCallerFindsNothingRunningAndTheNextResultIsRight() {
        Map<String, INDArray> many = inputs(SMALL, 8);
        Map<String, INDArray> few = inputs(SMALL, 3);
        try (Workers workers = workers(SMALL, 2, Buffer.MOST_BYTES)) {
            INDArray expected = run(workers, few);
            Thread.currentThread().interrupt();
            try {
                String message = assertThrows(IllegalStateException.class, () -> run(workers, many))
                        .getMessage();
                assertFalse(Running.inside("diffusion4j-engine", "org.diffusion4j.engine.onednn."));
                assertEquals("interrupted while the network ran", message);
                assertTrue(Thread.currentThread().isInterrupted());
            } finally {
                Thread.interrupted();
            }
            assertEquals(expected, run(workers, few));
        }
    }

    @Test
    void anInterruptedCallerClosesAllTheSame() {
        SameDiff graph = UNetGraph.of(SMALL).training(true).build();
        FlatParameters parameters = new FlatParameters(graph);
        Workers workers = new Workers(graph, OUTPUTS, 2, false, parameters, List.of(), false);
        run(workers, inputs(SMALL, 2));
        long before = Pointer.totalBytes();
        Thread.currentThread().interrupt();
        try {
            assertDoesNotThrow(workers::close);
            assertTrue(Thread.currentThread().isInterrupted());
        } finally {
            Thread.interrupted();
        }
        assertTrue(before - Pointer.totalBytes() > 1_000_000, "nothing was freed");
        assertDoesNotThrow(workers::close);
    }

    /** The largest array of an image is some of these bytes; a slice has one image, two, or all of them. */
    @Test
    void aBatchThatIsTooLargeForOneProgramRunsInSlices() {
        Map<String, INDArray> inputs = inputs(TINY, 11);
        INDArray expected;
        long largest = leastThatIsTaken();
        try (Workers workers = workers(TINY, 2, Buffer.MOST_BYTES)) {
            expected = run(workers, inputs);
        }
        for (long bytes : new long[] {largest, 2 * largest, 4 * largest + 1}) {
            try (Workers workers = workers(TINY, 2, bytes)) {
                assertEquals(expected, run(workers, inputs), bytes + " bytes");
            }
        }
    }

    /** By what it says it found. */
    private static long leastThatIsTaken() {
        String message = assertThrows(Diffusion4jException.class, () -> workers(TINY, 1, 8))
                .getMessage();
        String start = "network: expected arrays of at most 8 bytes per image, found one of ";
        assertTrue(message.startsWith(start), message);
        return Long.parseLong(message.substring(start.length()));
    }

    @Test
    void aBatchThatIsTooLargeForBothPassesIsRefused() {
        long largest = leastThatIsTaken();
        SameDiff graph = UNetGraph.of(TINY).training(true).build();
        FlatParameters parameters = new FlatParameters(graph);
        try (Workers workers = new Workers(graph, OUTPUTS, 2, false, parameters, List.of(), false, 2 * largest)) {
            run(workers, inputs(TINY, 4));
            Map<String, INDArray> five = inputs(TINY, 5);
            assertEquals(
                    "batch: expected at most 4 images on 2 threads, as an array has its limit, found 5",
                    assertThrows(Diffusion4jException.class, () -> run(workers, five))
                            .getMessage());
        }
    }

    /** Three bytes fewer than 2 GiB; the next int is negative. */
    @Test
    void aBufferThatAnIntDoesNotReachIsRefused() {
        assertEquals(4L * (1 << 29) - 4, new Buffer((1 << 29) - 1, false, false).byteSize());
        assertEquals(
                "network: expected arrays of at most 2147483647 bytes per thread, found one of 2147483648; smaller images or"
                        + " fewer at once fit",
                assertThrows(Diffusion4jException.class, () -> new Buffer(1 << 29, false, false))
                        .getMessage());
    }

    @Test
    void anotherBackendThanTheProcessorsIsRefused() {
        assertDoesNotThrow(() -> Workers.requireProcessor(ExecutionerType.NATIVE_CPU));
        assertEquals(
                "engine: expected ND4J's backend for the processor (nd4j-native), as oneDNN is asked for, found CUDA",
                assertThrows(Diffusion4jException.class, () -> Workers.requireProcessor(ExecutionerType.CUDA))
                        .getMessage());
    }

    @Test
    void inputsOfAnyStridesAreReadInTheirOrder() {
        Map<String, INDArray> inputs = inputs(TINY, 5);
        Map<String, INDArray> turned = new HashMap<>(inputs);
        turned.computeIfPresent(UNetGraph.SAMPLE, (name, array) -> array.dup('f'));
        Map<String, INDArray> permuted = new HashMap<>(inputs);
        permuted.computeIfPresent(
                UNetGraph.SAMPLE,
                (name, array) -> array.permute(0, 2, 3, 1).dup('c').permute(0, 3, 1, 2));
        try (Workers workers = workers(TINY, 2, Buffer.MOST_BYTES)) {
            INDArray expected = run(workers, inputs);
            assertEquals(expected, run(workers, turned));
            assertEquals(expected, run(workers, permuted));
        }
    }
}
