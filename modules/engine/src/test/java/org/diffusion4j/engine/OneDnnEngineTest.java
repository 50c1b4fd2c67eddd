package org.diffusion4j.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.diffusion4j.graph.RandomConfigs;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.graph.UNetPreset;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.slf4j.LoggerFactory;

class OneDnnEngineTest {
    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> agreesWithTheReferenceOnRandomOptions() {
        return LongStream.range(100, 180)
                .mapToObj(seed -> DynamicTest.dynamicTest("seed " + seed, () -> {
                    UNetConfig config = RandomConfigs.draw(seed);
                    SameDiff graph = UNetGraph.of(config)
                            .contextLength(RandomConfigs.CONTEXT_LENGTH)
                            .seed(seed)
                            .build();
                    SameDiff exact = UNetGraph.of(config)
                            .contextLength(RandomConfigs.CONTEXT_LENGTH)
                            .seed(seed)
                            .dataType(DataType.DOUBLE)
                            .build();
                    agree(graph, exact, config, 1, 3, 7);
                }));
    }

    @Test
    void agreesOnOddSizesAndWidthsThatAreNoMultipleOfAVector() {
        UNetConfig config = UNetPreset.SMALL.config().toBuilder()
                .sampleSize(new SampleSize(20, 12))
                .blockOutChannels(List.of(24, 40, 56))
                .build();
        SameDiff exact = UNetGraph.of(config).dataType(DataType.DOUBLE).build();
        agree(UNetGraph.build(config), exact, config, 1, 2, 5);
    }

    /** One level, as each further one wants a size that is even once more; widths that no register's length divides. */
    @TestFactory
    Stream<DynamicTest> agreesOnSizesThatAreOdd() {
        return Stream.of(new SampleSize(13, 9), new SampleSize(5, 31), new SampleSize(1, 7))
                .map(size -> DynamicTest.dynamicTest(size.height() + "×" + size.width(), () -> {
                    UNetConfig config = RandomConfigs.oneLevel(size, 20);
                    SameDiff exact =
                            UNetGraph.of(config).dataType(DataType.DOUBLE).build();
                    agree(UNetGraph.build(config), exact, config, 1, 3, 7);
                }));
    }

    /** Sizes that no tile of 4×4 fits, more tiles than are transformed at once. */
    @Test
    void agreesWhereConvolutionsAreDoneByWinograd() {
        UNetConfig config = UNetPreset.SMALL.config().toBuilder()
                .sampleSize(new SampleSize(36, 60))
                .blockOutChannels(List.of(32, 64, 64))
                .build();
        SameDiff exact = UNetGraph.of(config).dataType(DataType.DOUBLE).build();
        agree(UNetGraph.build(config), exact, config, 1, 3);
    }

    /** The largest preset that is quick enough, at its own size. */
    @Test
    void anImageDoesNotDependOnItsCompanions() {
        UNetConfig config = UNetPreset.SMALL.config();
        SameDiff graph = UNetGraph.build(config);
        try (OneDnnEngine engine = new OneDnnEngine(graph, 2)) {
            Map<String, INDArray> inputs = RandomConfigs.inputs(config, 5, 1);
            INDArray all = predict(engine, inputs);
            for (int i = 0; i < 5; i++) {
                Map<String, INDArray> one = new HashMap<>();
                int image = i;
                inputs.forEach((name, array) -> one.put(name, array.get(NDArrayIndex.interval(image, image + 1))));
                assertEquals(all.get(NDArrayIndex.interval(i, i + 1)), predict(engine, one), "image " + i);
            }
        }
    }

    @Test
    void compilesAGraphThatWasSavedAndOpenedAgain() throws IOException {
        UNetConfig config = UNetPreset.TINY.config();
        Path file = folder.resolve("unet.fb");
        UNetGraph.build(config).save(file.toFile(), false);
        SameDiff exact = UNetGraph.of(config).dataType(DataType.DOUBLE).build();
        agree(SameDiff.load(file.toFile(), false), exact, config, 2);
    }

    /**
     * Within 1e-4 of the result in double precision, or three times as far from it as the reference: a norm over few
     * values that are nearly alike multiplies anybody's rounding.
     */
    private static void agree(SameDiff graph, SameDiff exactGraph, UNetConfig config, int... batches) {
        try (SameDiffEngine reference = new SameDiffEngine(graph);
                SameDiffEngine exact = new SameDiffEngine(exactGraph);
                OneDnnEngine engine = new OneDnnEngine(graph, 2)) {
            for (int batch : batches) {
                Map<String, INDArray> inputs = RandomConfigs.inputs(config, batch, batch);
                INDArray expected = predict(exact, inputs);
                double rounding = difference(expected, predict(reference, inputs));
                double largest = Math.max(0.1, expected.amaxNumber().doubleValue());
                double found = difference(expected, predict(engine, inputs));
                assertTrue(found <= Math.max(1e-4 * largest, 3 * rounding), "batch " + batch + " differs by " + found);
            }
        }
    }

    private static INDArray predict(NoisePredictor engine, Map<String, INDArray> inputs) {
        Map<String, INDArray> conditioning = new HashMap<>(inputs);
        INDArray sample = conditioning.remove(UNetGraph.SAMPLE);
        INDArray timestep = conditioning.remove(UNetGraph.TIMESTEP);
        return engine.predict(sample, timestep, conditioning).castTo(DataType.DOUBLE);
    }

    private static double difference(INDArray expected, INDArray found) {
        assertArrayEquals(expected.shape(), found.shape());
        return expected.sub(found).amaxNumber().doubleValue();
    }

    @Test
    void twoEnginesInTwoThreadsGiveWhatOneGives() throws Exception {
        SameDiff graph = UNetGraph.build(UNetPreset.TINY.config());
        INDArray sample = Nd4j.linspace(-1, 1, 4 * 192).castTo(DataType.FLOAT).reshape(4, 3, 8, 8);
        INDArray timestep = Nd4j.createFromArray(1f, 20f, 300f, 999f);
        try (OneDnnEngine first = new OneDnnEngine(graph, 2);
                OneDnnEngine second = new OneDnnEngine(graph, 2)) {
            INDArray expected = first.predict(sample, timestep, Map.of());
            ExecutorService threads = Executors.newFixedThreadPool(2);
            try {
                List<Future<INDArray>> results = new ArrayList<>();
                for (int i = 0; i < 50; i++) {
                    OneDnnEngine engine = i % 2 == 0 ? first : second;
                    results.add(threads.submit(() -> engine.predict(sample, timestep, Map.of())));
                }
                for (Future<INDArray> result : results) {
                    assertEquals(expected, result.get());
                }
            } finally {
                threads.shutdown();
            }
        }
    }

    @Test
    void anUnknownOpIsNamedAndTheReferenceRunsTheGraph() {
        SameDiff graph = UNetGraph.build(UNetPreset.TINY.config());
        graph.math().cosh("strange", graph.getVariable(UNetGraph.OUTPUT));
        graph.getVariable(UNetGraph.OUTPUT).rename("inner");
        graph.getVariable("strange").rename(UNetGraph.OUTPUT);
        String message = assertThrows(UnsupportedGraphException.class, () -> new OneDnnEngine(graph, 1))
                .getMessage();
        assertTrue(message.contains("cosh"), message);
        try (NoisePredictor engine = EngineKind.AUTO.open(graph)) {
            assertInstanceOf(SameDiffEngine.class, engine);
        }
    }

    /** What is said once isn't said again: a program opens many networks. */
    @Test
    void oneLineSaysWhyHoweverManyNetworksAreOpened() {
        SameDiff graph = UNetGraph.build(UNetPreset.TINY.config());
        graph.math().erfc("odd", graph.getVariable(UNetGraph.OUTPUT));
        graph.getVariable(UNetGraph.OUTPUT).rename("inner");
        graph.getVariable("odd").rename(UNetGraph.OUTPUT);
        Logger log = (Logger) LoggerFactory.getLogger(EngineKind.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        log.addAppender(lines);
        try {
            for (int i = 0; i < 3; i++) {
                EngineKind.AUTO.open(graph).close();
            }
        } finally {
            log.detachAppender(lines);
        }
        assertEquals(1, lines.list.size(), lines.list.toString());
        String line = lines.list.get(0).getFormattedMessage();
        assertTrue(line.contains("erfc"), line);
    }

    @Test
    void aPropertyTakesTheReferenceInstead() {
        System.setProperty(EngineKind.PROPERTY, "samediff");
        try (NoisePredictor engine = EngineKind.AUTO.open(UNetGraph.build(UNetPreset.TINY.config()))) {
            assertInstanceOf(SameDiffEngine.class, engine);
        } finally {
            System.clearProperty(EngineKind.PROPERTY);
        }
    }

    @Test
    void memoryStaysFlatOverTenThousandCalls() throws IOException {
        Path statm = Path.of("/proc/self/statm");
        Assumptions.assumeTrue(Files.exists(statm), "resident memory is read from /proc");
        INDArray sample = Nd4j.zeros(DataType.FLOAT, 2, 3, 8, 8);
        INDArray timestep = Nd4j.createFromArray(1f, 2f);
        try (OneDnnEngine engine = new OneDnnEngine(UNetGraph.build(UNetPreset.TINY.config()), 2)) {
            for (int i = 0; i < 2000; i++) {
                engine.predict(sample, timestep, Map.of());
            }
            System.gc();
            long resident = resident(statm);
            for (int i = 0; i < 10_000; i++) {
                engine.predict(sample, timestep, Map.of());
            }
            System.gc();
            long growth = resident(statm) - resident;
            assertTrue(growth < 40_000_000, "resident memory grew by " + growth);
        }
    }

    private static long resident(Path statm) throws IOException {
        return Long.parseLong(Files.readString(statm).split(" ")[1]) * 4096;
    }
}
