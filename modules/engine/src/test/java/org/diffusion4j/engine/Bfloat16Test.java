package org.diffusion4j.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.onednn.Workers;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.RandomConfigs;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.graph.UNetPreset;
import org.diffusion4j.graph.option.UpsampleType;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class Bfloat16Test {
    static void assumeThere() {
        try {
            assertEquals(Precision.BF16, Precision.BF16.here());
        } catch (Diffusion4jException e) {
            Assumptions.abort(e.getMessage());
        }
    }

    @TestFactory
    Stream<DynamicTest> isNearFloat32OnRandomOptions() {
        return isNearFloat32(100, 104);
    }

    @TestFactory
    @Tag("slow")
    Stream<DynamicTest> isNearFloat32OnFurtherRandomOptions() {
        return isNearFloat32(104, 180);
    }

    private static Stream<DynamicTest> isNearFloat32(long first, long end) {
        return LongStream.range(first, end)
                .mapToObj(seed -> DynamicTest.dynamicTest("seed " + seed, () -> {
                    UNetConfig config = RandomConfigs.draw(seed);
                    SameDiff graph = UNetGraph.of(config)
                            .contextLength(RandomConfigs.CONTEXT_LENGTH)
                            .seed(seed)
                            .build();
                    assertNear(graph, config, 5e-2); // norms over two or three values multiply the rounding
                }));
    }

    @ParameterizedTest
    @EnumSource(
            value = UNetPreset.class,
            names = {"TINY", "SMALL"})
    @Tag("vectors")
    void isNearFloat32(UNetPreset preset) {
        assertNear(UNetGraph.build(preset.config()), preset.config(), 2e-2);
    }

    /**
     * The rounding of some random networks is multiplied without limit (norms over two values, batch norm of three images,
     * no residuals): so most of them, not all.
     */
    @Test
    @Tag("slow")
    void mostGradientsAreNearFloat32OnRandomOptions() {
        assumeThere();
        double[] differences = LongStream.range(300, 340)
                .mapToDouble(seed -> gradientDifference(RandomConfigs.draw(seed), seed))
                .sorted()
                .toArray();
        assertTrue(differences[20] <= 2e-2 && differences[36] <= 0.2, Arrays.toString(differences));
        assertTrue(differences[0] >= 1e-4, "no more than float32: " + Arrays.toString(differences));
    }

    @ParameterizedTest
    @EnumSource(
            value = UNetPreset.class,
            names = {"TINY", "SMALL"})
    @Tag("vectors")
    void gradientsAreNearFloat32(UNetPreset preset) {
        assumeThere();
        double difference = gradientDifference(preset.config(), 1);
        assertTrue(difference >= 1e-4 && difference <= 3e-2, "differs by " + difference);
    }

    /** Of the gradients of all parameters together: a single one near zero has no digits to compare. */
    private static double gradientDifference(UNetConfig config, long seed) {
        SameDiff graph = UNetGraph.of(config)
                .contextLength(RandomConfigs.CONTEXT_LENGTH)
                .seed(seed)
                .training(true)
                .build();
        Map<String, INDArray> inputs = RandomConfigs.inputs(config, 3, seed);
        INDArray full = gradients(graph, inputs, seed, Precision.FP32);
        INDArray half = gradients(graph, inputs, seed, Precision.BF16);
        return full.sub(half).norm2Number().doubleValue() / full.norm2Number().doubleValue();
    }

    private static INDArray gradients(SameDiff graph, Map<String, INDArray> inputs, long seed, Precision precision) {
        Map<String, INDArray> conditioning = new HashMap<>(inputs);
        INDArray sample = conditioning.remove(UNetGraph.SAMPLE);
        INDArray timestep = conditioning.remove(UNetGraph.TIMESTEP);
        FlatParameters parameters = new FlatParameters(graph);
        try (GradientEngine engine = EngineKind.ONEDNN.openGradients(graph, parameters, false, 2, precision)) {
            engine.accumulate(sample, timestep, conditioning, output -> outputGradient(output, seed));
            return parameters.gradients();
        }
    }

    private static INDArray outputGradient(INDArray output, long seed) {
        double[] values =
                new Random(seed).doubles(output.length()).map(u -> 2 * u - 1).toArray();
        return Nd4j.create(values, output.shape(), DataType.FLOAT);
    }

    private static void assertNear(SameDiff graph, UNetConfig config, double tolerance) {
        assumeThere();
        try (SameDiffEngine reference = new SameDiffEngine(graph);
                OneDnnEngine engine = new OneDnnEngine(graph, 2, Precision.BF16)) {
            Map<String, INDArray> inputs = RandomConfigs.inputs(config, 3, 3);
            INDArray expected = predict(reference, inputs);
            double distance =
                    expected.sub(predict(engine, inputs)).norm2Number().doubleValue();
            double relative = distance / expected.norm2Number().doubleValue();
            assertTrue(relative <= tolerance, "differs by " + relative);
            assertTrue(relative >= 1e-4, "differs by no more than float32: " + relative);
        }
    }

    @Test
    @Tag("vectors")
    void theWeightsTakeHalfTheMemory() {
        assumeThere();
        UNetConfig config = UNetPreset.SMALL.config();
        SameDiff graph = UNetGraph.build(config);
        Map<String, INDArray> inputs = RandomConfigs.inputs(config, 2, 1);
        long plain = 4
                * graph.variables().stream()
                        .filter(variable -> variable.getVariableType() == VariableType.VARIABLE)
                        .mapToLong(variable -> variable.getArr().length())
                        .sum();
        try (OneDnnEngine full = new OneDnnEngine(graph, 2);
                OneDnnEngine half = new OneDnnEngine(graph, 2, Precision.BF16)) {
            assertEquals(0, half.weightBytes());
            predict(full, inputs);
            predict(half, inputs);
            assertTrue(half.weightBytes() <= 0.52 * plain, half.weightBytes() + " of " + plain);
            assertTrue(half.weightBytes() >= 0.45 * plain, half.weightBytes() + " of " + plain);
            assertTrue(half.weightBytes() <= 0.5 * full.weightBytes(), full.weightBytes() + " in float32");
        }
    }

    @Test
    void anImageDoesNotDependOnItsCompanions() {
        assumeThere();
        UNetConfig config = UNetPreset.SMALL.config();
        assertIndependent(config, 2);
        UNetConfig small = config.toBuilder()
                .upsampleType(UpsampleType.CONV_TRANSPOSE)
                .sampleSize(new SampleSize(8, 4))
                .build();
        for (int threads : new int[] {1, 3, 4}) {
            assertIndependent(small, threads);
        }
    }

    private static void assertIndependent(UNetConfig config, int threads) {
        try (OneDnnEngine engine = new OneDnnEngine(UNetGraph.build(config), threads, Precision.BF16)) {
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
    void sameDiffRefusesIt() {
        SameDiff graph = UNetGraph.build(UNetPreset.TINY.config());
        String message = assertThrows(
                        Diffusion4jException.class, () -> EngineKind.SAMEDIFF.open(graph, 1, Precision.BF16))
                .getMessage();
        assertEquals("precision: expected fp32 or auto, as SameDiff runs this network, found bf16", message);
        FlatParameters parameters = new FlatParameters(graph);
        assertEquals(
                message,
                assertThrows(
                                Diffusion4jException.class,
                                () -> EngineKind.SAMEDIFF.openGradients(graph, parameters, false, 1, Precision.BF16))
                        .getMessage());
        try (NoisePredictor engine = EngineKind.SAMEDIFF.open(graph, 1, Precision.AUTO)) {
            assertEquals(SameDiffEngine.class, engine.getClass());
        }
    }

    @Test
    void autoTakesItWithAmxAlone() {
        int none = 0;
        int avx512 = 0x27;
        int avxVnni2 = 0x1f;
        int avx512Bf16 = 0xe7;
        int amx = 0xfef;
        for (int processor : List.of(none, avx512, avxVnni2, avx512Bf16)) {
            assertEquals(Precision.FP32, Precision.AUTO.on(processor));
            assertEquals(Precision.FP32, Precision.FP32.on(processor));
        }
        assertEquals(Precision.BF16, Precision.AUTO.on(amx));
        assertEquals(Precision.FP32, Precision.FP32.on(amx));
        for (int processor : List.of(avxVnni2, avx512Bf16, amx)) {
            assertEquals(Precision.BF16, Precision.BF16.on(processor));
        }
        for (int processor : List.of(none, avx512)) {
            assertThrows(Diffusion4jException.class, () -> Precision.BF16.on(processor));
        }
    }

    /** oneDNN reads which instructions it may use once: so in a process of its own. */
    @Test
    void aProcessorWithoutItIsToldAndWhatIsMissingRunsInFloat32() throws IOException, InterruptedException {
        Assumptions.assumeTrue(
                System.getProperty("os.arch").matches("amd64|x86_64"), "ONEDNN_MAX_CPU_ISA knows x86 alone");
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        WithoutInstructions.class.getName())
                .redirectErrorStream(true);
        builder.environment().put("ONEDNN_MAX_CPU_ISA", "AVX2");
        Process process = builder.start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), printed);
        assertTrue(
                printed.contains("precision: expected fp32 or auto, as this processor has no instructions for bf16"),
                printed);
        assertTrue(printed.contains("auto is fp32"), printed);
        assertTrue(printed.contains("the same as in float32: true"), printed);
    }

    /** What is tried on a processor without the instructions. */
    static final class WithoutInstructions {
        private WithoutInstructions() {}

        public static void main(String[] args) {
            SameDiff graph = UNetGraph.build(UNetPreset.SMALL.config());
            try {
                new OneDnnEngine(graph, 1, Precision.BF16).close();
            } catch (Diffusion4jException e) {
                System.out.println(e.getMessage());
            }
            System.out.println("auto is " + Precision.AUTO.here());
            // Asked for all the same, oneDNN has its reference's loops at most: no primitive of the network is taken.
            INDArray expected = run(graph, false);
            System.out.println("the same as in float32: " + expected.equals(run(graph, true)));
            System.exit(0);
        }

        private static INDArray run(SameDiff graph, boolean bf16) {
            Map<String, INDArray> inputs = RandomConfigs.inputs(UNetPreset.SMALL.config(), 1, 1);
            try (Workers workers = new Workers(graph, List.of(UNetGraph.OUTPUT), 1, bf16)) {
                Map<String, INDArray> results = workers.results(1);
                workers.run(inputs, 1, results, () -> false);
                return results.get(UNetGraph.OUTPUT);
            }
        }
    }

    private static INDArray predict(NoisePredictor engine, Map<String, INDArray> inputs) {
        Map<String, INDArray> conditioning = new HashMap<>(inputs);
        INDArray sample = conditioning.remove(UNetGraph.SAMPLE);
        INDArray timestep = conditioning.remove(UNetGraph.TIMESTEP);
        return engine.predict(sample, timestep, conditioning);
    }
}
