package org.diffusion4j.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.graph.UNetPreset;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class SameDiffEngineTest {
    private static final UNetConfig TINY = UNetPreset.TINY.config().toBuilder()
            .sampleSize(SampleSize.square(4))
            .build();

    private static INDArray sample(int images) {
        return Nd4j.linspace(-1, 1, images * 48L).castTo(DataType.FLOAT).reshape(images, 3, 4, 4);
    }

    private static INDArray timesteps(int images) {
        return Nd4j.createFromArray(
                IntStream.range(0, images).mapToLong(i -> 100L * i).toArray());
    }

    @Test
    void runsAtAnyBatchSizeAndEachImageByItself() {
        try (SameDiffEngine engine = new SameDiffEngine(UNetGraph.build(TINY))) {
            INDArray three = engine.predict(sample(3), timesteps(3), Map.of());
            assertArrayEquals(new long[] {3, 3, 4, 4}, three.shape());
            INDArray first = engine.predict(
                    sample(3)
                            .tensorAlongDimension(0, 1, 2, 3)
                            .reshape(1, 3, 4, 4)
                            .dup(),
                    timesteps(1),
                    Map.of());
            assertTrue(first.reshape(48)
                            .sub(three.tensorAlongDimension(0, 1, 2, 3).dup().reshape(48))
                            .amaxNumber()
                            .doubleValue()
                    < 1e-5);
        }
    }

    @Test
    void wrongInputsAreNamed() {
        try (SameDiffEngine engine = new SameDiffEngine(UNetGraph.build(TINY))) {
            assertEquals(
                    "'sample': expected shape [2, 3, 4, 4], found [2, 3, 4, 6]",
                    refused(engine, Nd4j.zeros(2, 3, 4, 6), timesteps(2), Map.of()));
            assertEquals(
                    "'timestep': expected shape [2], found [3]", refused(engine, sample(2), timesteps(3), Map.of()));
            assertEquals(
                    "inputs: expected [sample, timestep], found [class_labels, sample, timestep]",
                    refused(engine, sample(2), timesteps(2), Map.of("class_labels", timesteps(2))));
        }
    }

    private static String refused(
            NoisePredictor engine, INDArray sample, INDArray timestep, Map<String, INDArray> conditioning) {
        return assertThrows(IllegalArgumentException.class, () -> engine.predict(sample, timestep, conditioning))
                .getMessage();
    }

    @Test
    void threadsDontDisturbEachOther() throws Exception {
        try (SameDiffEngine engine = new SameDiffEngine(UNetGraph.build(TINY))) {
            INDArray[] expected = {
                engine.predict(sample(1), timesteps(1), Map.of()), engine.predict(sample(2), timesteps(2), Map.of())
            };
            ExecutorService threads = Executors.newFixedThreadPool(4);
            try {
                List<Callable<INDArray>> calls = IntStream.range(0, 40)
                        .<Callable<INDArray>>mapToObj(
                                i -> () -> engine.predict(sample(1 + i % 2), timesteps(1 + i % 2), Map.of()))
                        .toList();
                List<Future<INDArray>> results = threads.invokeAll(calls);
                for (int i = 0; i < results.size(); i++) {
                    INDArray found = results.get(i).get();
                    assertTrue(expected[i % 2].sub(found).amaxNumber().doubleValue() < 1e-6, "call " + i);
                }
            } finally {
                threads.shutdown();
            }
        }
    }

    @Tag("slow")
    @Test
    void memoryStaysFlat() throws IOException, InterruptedException {
        memoryStaysFlat(3, 30);
    }

    @Test
    @Tag("slow")
    void memoryStaysFlatOverTwoThousandCalls() throws IOException, InterruptedException {
        memoryStaysFlat(5, 400);
    }

    /**
     * A leak grows in every round, by 250 kB a call for a session and by 70 kB for what one didn't free; what the JVM and
     * its allocators take once, and at a time of their own, does not.
     */
    private static void memoryStaysFlat(int rounds, int calls) throws IOException, InterruptedException {
        Path statm = Path.of("/proc/self/statm");
        Assumptions.assumeTrue(Files.exists(statm), "resident memory is read from /proc");
        try (SameDiffEngine engine = new SameDiffEngine(UNetGraph.build(TINY))) {
            for (int i = 0; i < 40; i++) {
                engine.predict(sample(2), timesteps(2), Map.of());
            }
            List<Long> heaps = new ArrayList<>();
            List<Long> residents = new ArrayList<>();
            for (int round = 0; round < rounds; round++) {
                long heap = heap();
                long resident = resident(statm);
                for (int i = 0; i < calls; i++) {
                    engine.predict(sample(2), timesteps(2), Map.of());
                }
                heaps.add(heap() - heap);
                residents.add(resident(statm) - resident);
            }
            assertTrue(
                    Collections.min(heaps) < Math.min(2_000_000, calls * 26_000L),
                    "the heap grew in each round, by " + heaps);
            assertTrue(
                    Collections.min(residents) < calls * 30_000L,
                    "resident memory grew in each round, by " + residents);
        }
    }

    private static long heap() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(100);
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static long resident(Path statm) throws IOException {
        return Long.parseLong(Files.readString(statm).split(" ")[1]) * 4096;
    }
}
