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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.RandomConfigs;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.graph.UNetPreset;
import org.diffusion4j.samediff.UnsupportedGraphException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
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
        return agreesWithTheReference(100, 105);
    }

    @TestFactory
    @Tag("slow")
    Stream<DynamicTest> agreesWithTheReferenceOnFurtherRandomOptions() {
        return agreesWithTheReference(105, 180);
    }

    private static Stream<DynamicTest> agreesWithTheReference(long first, long end) {
        return LongStream.range(first, end)
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
    @Tag("vectors")
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
    @Tag("vectors")
    void agreesWhereConvolutionsAreDoneByWinograd() {
        UNetConfig config = UNetPreset.SMALL.config().toBuilder()
                .sampleSize(new SampleSize(36, 60))
                .blockOutChannels(List.of(32, 64, 64))
                .build();
        SameDiff exact = UNetGraph.of(config).dataType(DataType.DOUBLE).build();
        agree(UNetGraph.build(config), exact, config, 1, 3);
    }

    /** Of an odd size, with too few tiles of 4×4 but enough of 2×2. */
    @Test
    @Tag("vectors")
    void agreesWhereConvolutionsAreDoneInSmallTiles() {
        UNetConfig config = RandomConfigs.oneLevel(new SampleSize(9, 13), 32);
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
    void aPropertyThatNamesNoEngineIsRefused() {
        SameDiff graph = UNetGraph.build(UNetPreset.TINY.config());
        System.setProperty(EngineKind.PROPERTY, "samedif");
        try {
            String message = assertThrows(Diffusion4jException.class, () -> EngineKind.AUTO.open(graph))
                    .getMessage();
            assertEquals(
                    "-Dorg.diffusion4j.engine: expected auto, samediff, onednn, onnxruntime:cpu, onnxruntime:cuda,"
                            + " onnxruntime:tensorrt, onnxruntime:coreml, onnxruntime:directml, found 'samedif'",
                    message);
        } finally {
            System.clearProperty(EngineKind.PROPERTY);
        }
    }

    /** Whatever becomes of the graph's own: a batch size that is compiled later has the same weights as the first. */
    @Test
    void theWeightsAreThoseOfTheGraphWhenTheEngineIsMade() {
        UNetConfig config = UNetPreset.TINY.config();
        List<Map<String, INDArray>> inputs = Stream.of(1, 2, 3, 5)
                .map(batch -> RandomConfigs.inputs(config, batch, batch))
                .toList();
        List<INDArray> expected = new ArrayList<>();
        try (OneDnnEngine engine = new OneDnnEngine(UNetGraph.build(config), 1)) {
            inputs.forEach(one -> expected.add(predict(engine, one)));
        }
        SameDiff graph = UNetGraph.build(config);
        try (OneDnnEngine engine = new OneDnnEngine(graph, 1)) {
            assertEquals(expected.get(0), predict(engine, inputs.get(0)));
            graph.variables().stream()
                    .filter(variable -> variable.getVariableType() == VariableType.VARIABLE)
                    .forEach(variable -> variable.getArr().addi(1));
            assertEquals(expected.get(1), predict(engine, inputs.get(1)), "written in place");
            graph.getVariable("conv_in.bias")
                    .setArray(graph.getVariable("conv_in.bias").getArr().mul(3));
            assertEquals(expected.get(2), predict(engine, inputs.get(2)), "replaced");
            new FlatParameters(graph).values().muli(2);
            assertEquals(expected.get(3), predict(engine, inputs.get(3)), "moved and freed");
        }
    }

    @Test
    void closingTwiceIsClosingOnceAndNothingIsPredictedAfterwards() {
        SameDiff graph = UNetGraph.build(UNetPreset.TINY.config());
        Map<String, INDArray> inputs = RandomConfigs.inputs(UNetPreset.TINY.config(), 1, 1);
        for (NoisePredictor engine : List.of(new OneDnnEngine(graph, 2), new SameDiffEngine(graph, 2))) {
            predict(engine, inputs);
            engine.close();
            engine.close();
            assertEquals(
                    "the engine is closed",
                    assertThrows(IllegalStateException.class, () -> predict(engine, inputs))
                            .getMessage());
        }
    }

    /** What leaks grows between any two readings, by 200 bytes a call or more; what the JVM's compiler takes comes in leaps. */
    @Tag("slow")
    @Test
    void memoryStaysFlatOverManyCalls() throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/self/statm")), "resident memory is read from /proc");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xms200m",
                        "-Xmx200m",
                        "-XX:+AlwaysPreTouch",
                        "-XX:+UseSerialGC",
                        "--add-modules",
                        "jdk.incubator.vector",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ManyCalls.class.getName(),
                        "1500",
                        "3000",
                        "4500",
                        "6000",
                        "7500")
                .redirectErrorStream(true)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), printed);
        List<Long> resident = printed.lines()
                .filter(line -> line.startsWith("resident "))
                .map(line -> Long.parseLong(line.substring("resident ".length())))
                .toList();
        assertEquals(5, resident.size(), printed);
        long growth = IntStream.range(1, resident.size())
                .mapToLong(i -> resident.get(i) - resident.get(i - 1))
                .min()
                .orElseThrow();
        assertTrue(growth < 300_000, "bytes resident after each 1500 calls: " + resident);
    }

    /** Runs in a JVM of its own, whose heap is all there from the beginning: what grows is native. */
    static final class ManyCalls {
        private ManyCalls() {}

        /** Prints the resident memory, in bytes, after those numbers of calls. */
        public static void main(String[] numbers) throws IOException {
            INDArray sample = Nd4j.zeros(DataType.FLOAT, 2, 3, 8, 8);
            INDArray timestep = Nd4j.createFromArray(1f, 2f);
            try (OneDnnEngine engine = new OneDnnEngine(UNetGraph.build(UNetPreset.TINY.config()), 2)) {
                int done = 0;
                for (String number : numbers) {
                    for (; done < Integer.parseInt(number); done++) {
                        engine.predict(sample, timestep, Map.of()).close();
                    }
                    System.gc();
                    String pages = Files.readString(Path.of("/proc/self/statm")).split(" ")[1];
                    System.out.println("resident " + Long.parseLong(pages) * 4096);
                }
            }
        }
    }
}
