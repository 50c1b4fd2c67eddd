package org.diffusion4j.onnxruntime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtEnvironment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.GraphEngine;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.engine.SameDiffEngine;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.RandomConfigs;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.graph.UNetPreset;
import org.diffusion4j.samediff.WeightSource;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class OnnxRuntimeEngineTest {
    private static final INDArray SAMPLE =
            Nd4j.linspace(-1, 1, 4 * 192).castTo(DataType.FLOAT).reshape(4, 3, 8, 8);
    private static final INDArray TIMESTEP = Nd4j.createFromArray(1f, 20f, 300f, 999f);

    @TestFactory
    Stream<DynamicTest> agreesWithTheReferenceOnRandomOptions() {
        return agreesWithTheReference(300, 312);
    }

    @TestFactory
    @Tag("slow")
    Stream<DynamicTest> agreesWithTheReferenceOnFurtherRandomOptions() {
        return agreesWithTheReference(312, 400);
    }

    private static Stream<DynamicTest> agreesWithTheReference(long first, long end) {
        return LongStream.range(first, end)
                .mapToObj(seed -> DynamicTest.dynamicTest("seed " + seed, () -> {
                    UNetConfig config = RandomConfigs.draw(seed);
                    agree(graph(config, DataType.FLOAT), graph(config, DataType.DOUBLE), config);
                }));
    }

    private static SameDiff graph(UNetConfig config, DataType type) {
        return UNetGraph.of(config)
                .contextLength(RandomConfigs.CONTEXT_LENGTH)
                .seed(5)
                .dataType(type)
                .build();
    }

    /**
     * Within 1e-4 of the result in double precision, or three times as far from it as SameDiff in single precision is, since
     * a norm over few values that are nearly alike multiplies anybody's rounding.
     */
    private static void agree(SameDiff graph, SameDiff exactGraph, UNetConfig config) {
        try (NoisePredictor reference = new SameDiffEngine(graph);
                NoisePredictor exact = new SameDiffEngine(exactGraph);
                NoisePredictor engine = EngineKind.of("onnxruntime").open(graph, 2)) {
            for (int batch : new int[] {1, 3, 7}) {
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

    /** To the bit it isn't promised: ONNX Runtime may take another kernel for another batch. */
    @Test
    void anImageHardlyDependsOnItsCompanions() {
        UNetConfig config = UNetPreset.SMALL.config();
        try (NoisePredictor engine = open(UNetGraph.build(config))) {
            Map<String, INDArray> inputs = RandomConfigs.inputs(config, 5, 1);
            INDArray all = predict(engine, inputs);
            for (int i = 0; i < 5; i++) {
                Map<String, INDArray> one = new HashMap<>();
                int image = i;
                inputs.forEach((name, array) -> one.put(name, array.get(NDArrayIndex.interval(image, image + 1))));
                double difference = difference(all.get(NDArrayIndex.interval(i, i + 1)), predict(engine, one));
                assertTrue(difference < 1e-5, "image " + i + " differs by " + difference);
            }
        }
    }

    private static NoisePredictor open(SameDiff graph) {
        return EngineKind.ONNXRUNTIME_CPU.open(graph, 2);
    }

    @Test
    void runsAnyGraphWithNamedInputsAndOutputs() {
        SameDiff sd = SameDiff.create();
        SDVariable a = sd.placeHolder("a", DataType.FLOAT, -1, 2);
        SDVariable b = sd.placeHolder("b", DataType.FLOAT, -1, 2);
        a.add("sum", b);
        a.mul("product", b);
        try (OnnxRuntimeGraph graph = new OnnxRuntimeGraph(sd, List.of("sum", "product"), ExecutionProvider.CPU, 1)) {
            Map<String, INDArray> results = graph.run(Map.of(
                    "a",
                    Nd4j.createFromArray(new float[][] {{1, 2}, {3, 4}, {5, 6}}),
                    "b",
                    Nd4j.createFromArray(new float[][] {{2, 2}, {3, 3}, {4, 4}})));
            assertEquals(Nd4j.createFromArray(new float[][] {{3, 4}, {6, 7}, {9, 10}}), results.get("sum"));
            assertEquals(Nd4j.createFromArray(new float[][] {{2, 4}, {9, 12}, {20, 24}}), results.get("product"));
        }
    }

    @Test
    void sharedAndOwnWeightsGiveTheSameAndOwnOnesMayChangeAfterwards() {
        UNetConfig config = UNetPreset.TINY.config();
        SameDiff own = UNetGraph.build(config);
        Map<String, WeightSource> weights = new LinkedHashMap<>();
        config.parameterShapes()
                .keySet()
                .forEach(name -> weights.put(
                        name, WeightSource.of(own.getArrForVarName(name).dup('c'))));
        SameDiff shared = UNetGraph.of(config).sharedWeights(weights).build();
        try (NoisePredictor first = open(own);
                NoisePredictor second = open(shared)) {
            INDArray expected = first.predict(SAMPLE, TIMESTEP, Map.of());
            assertEquals(expected, second.predict(SAMPLE, TIMESTEP, Map.of()));
            weights.keySet().forEach(name -> own.getArrForVarName(name).assign(0));
            assertEquals(expected, first.predict(SAMPLE, TIMESTEP, Map.of()));
        }
    }

    @Test
    void callsFromSeveralThreadsGiveWhatOneGives() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (NoisePredictor engine = open(UNetGraph.build(UNetPreset.TINY.config()))) {
            INDArray expected = engine.predict(SAMPLE, TIMESTEP, Map.of());
            List<Future<INDArray>> results = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                results.add(threads.submit(() -> engine.predict(SAMPLE, TIMESTEP, Map.of())));
            }
            for (Future<INDArray> result : results) {
                assertEquals(expected, result.get());
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void closingWaitsForRunsAndLaterOnesAreRefused() throws Exception {
        NoisePredictor engine = open(UNetGraph.build(UNetPreset.TINY.config()));
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            List<Future<Boolean>> runs = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                runs.add(threads.submit(() -> {
                    while (true) {
                        try {
                            engine.predict(SAMPLE, TIMESTEP, Map.of());
                        } catch (IllegalStateException e) {
                            return e.getMessage().equals("the engine is closed");
                        }
                    }
                }));
            }
            Thread.sleep(100);
            engine.close();
            engine.close();
            for (Future<Boolean> run : runs) {
                assertTrue(run.get());
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    @Tag("slow")
    @EnabledOnOs(OS.LINUX)
    void openingAndClosingLeavesNoMemoryAndNoThreads() throws IOException {
        SameDiff graph = UNetGraph.build(UNetPreset.TINY.config());
        openAndClose(graph, 100);
        long memory = residentMegabytes();
        long threads = threads();
        openAndClose(graph, 200);
        long after = residentMegabytes();
        assertTrue(after < memory + 64, memory + " MB became " + after);
        assertTrue(threads() <= threads + 2, threads + " threads became " + threads());
    }

    private static void openAndClose(SameDiff graph, int times) {
        for (int i = 0; i < times; i++) {
            try (NoisePredictor engine = open(graph)) {
                engine.predict(SAMPLE, TIMESTEP, Map.of()).close();
            }
        }
    }

    /** The memory of the process without Java's heap, which may grow meanwhile. */
    private static long residentMegabytes() {
        System.gc();
        Pointer.trimMemory();
        return (Pointer.physicalBytes() - Runtime.getRuntime().totalMemory()) >> 20;
    }

    private static long threads() throws IOException {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
            return tasks.count();
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutionProvider.class)
    void aProviderThatIsNotInTheBuildIsRefusedInOneLine(ExecutionProvider provider) {
        SameDiff graph = UNetGraph.build(UNetPreset.TINY.config());
        EngineKind kind = EngineKind.of(provider.key());
        if (provider == ExecutionProvider.CPU) {
            kind.resolve(Precision.AUTO);
            return;
        }
        boolean inBuild = OrtEnvironment.getAvailableProviders().stream()
                .anyMatch(each -> provider.name().equals(each.name().replace("_", "")));
        if (inBuild) {
            return; // whether it has a device is this machine's matter
        }
        String refused = assertThrows(Diffusion4jException.class, () -> kind.open(graph, 1))
                .getMessage();
        assertTrue(refused.startsWith("engine " + provider.key() + ": expected a build of ONNX Runtime"), refused);
        assertTrue(refused.endsWith("found one with onnxruntime:cpu"), refused);
        assertEquals(
                refused,
                assertThrows(Diffusion4jException.class, () -> kind.resolve(Precision.FP32))
                        .getMessage());
    }

    @Test
    void gradientsAndHalfPrecisionAreRefused() {
        SameDiff graph = UNetGraph.build(UNetPreset.TINY.config());
        FlatParameters parameters = new FlatParameters(graph);
        assertRefused(
                "engine: expected auto, onednn or samediff for gradients, as ONNX Runtime computes none, found onnxruntime:cpu",
                () -> EngineKind.ONNXRUNTIME_CPU.openGradients(graph, parameters, false, 1));
        assertRefused(
                "precision: expected fp32 or auto, as ONNX Runtime runs this network, found bf16",
                () -> EngineKind.ONNXRUNTIME_CPU.open(graph, 1, Precision.BF16));
    }

    @Test
    void aPropertyChoosesItForAuto() {
        System.setProperty(EngineKind.PROPERTY, "onnxruntime");
        try (NoisePredictor engine = EngineKind.AUTO.open(UNetGraph.build(UNetPreset.TINY.config()))) {
            assertInstanceOf(OnnxRuntimeEngine.class, engine);
            assertEquals(EngineKind.ONNXRUNTIME_CPU, EngineKind.AUTO.here());
            assertThrows(Diffusion4jException.class, EngineKind.AUTO::requireGradients);
        } finally {
            System.clearProperty(EngineKind.PROPERTY);
        }
    }

    @Test
    void whatItCanNotRunIsNamed() {
        SameDiff strange = UNetGraph.build(UNetPreset.TINY.config());
        strange.math().cosh("strange", strange.getVariable(UNetGraph.OUTPUT));
        assertRefused(
                "ONNX: op 'cosh' (cosh): expected one that has a translation",
                () -> new OnnxRuntimeGraph(strange, List.of("strange"), ExecutionProvider.CPU, 1));
        SameDiff exact =
                UNetGraph.of(UNetPreset.TINY.config()).dataType(DataType.DOUBLE).build();
        assertRefused("output 'out_sample': expected FLOAT, found DOUBLE", () -> open(exact));
    }

    private static void assertRefused(String expected, Runnable call) {
        assertEquals(
                expected, assertThrows(Diffusion4jException.class, call::run).getMessage());
    }

    @Test
    void wrongInputsAreRefused() {
        try (NoisePredictor engine = open(UNetGraph.build(UNetPreset.TINY.config()))) {
            assertThrows(
                    IllegalArgumentException.class, () -> engine.predict(SAMPLE, Nd4j.createFromArray(1f), Map.of()));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> engine.predict(SAMPLE, TIMESTEP, Map.of("class_labels", TIMESTEP)));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> EngineKind.ONNXRUNTIME_CPU.open(UNetGraph.build(UNetPreset.TINY.config()), 0));
        }
    }

    @Test
    void aRunEndsWhenItIsCancelledAndTheNextOneHasTheSameBits() {
        UNetConfig config = UNetPreset.SMALL.config();
        Map<String, INDArray> inputs = new HashMap<>(RandomConfigs.inputs(config, 16, 1));
        inputs.computeIfPresent(UNetGraph.TIMESTEP, (name, array) -> array.castTo(DataType.FLOAT));
        try (GraphEngine engine = EngineKind.ONNXRUNTIME_CPU.openGraph(
                graph(config, DataType.FLOAT), List.of(UNetGraph.OUTPUT), 1, Precision.FP32)) {
            INDArray expected = engine.run(inputs).get(UNetGraph.OUTPUT);
            AtomicInteger asked = new AtomicInteger();
            assertEquals(
                    "cancelled while the network ran",
                    assertThrows(
                                    CancellationException.class,
                                    () -> engine.run(inputs, () -> asked.incrementAndGet() == 2))
                            .getMessage());
            assertEquals(2, asked.get());
            assertEquals(expected, engine.run(inputs, () -> false).get(UNetGraph.OUTPUT));
            assertThrows(CancellationException.class, () -> engine.run(inputs, () -> true));
        }
    }
}
