package org.diffusion4j.weights.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.engine.SameDiffEngine;
import org.diffusion4j.graph.RandomConfigs;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.graph.UNetPreset;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Activations;
import org.diffusion4j.graph.op.Attentions;
import org.diffusion4j.graph.op.Convolutions;
import org.diffusion4j.graph.op.Embeddings;
import org.diffusion4j.graph.op.FeedForward;
import org.diffusion4j.graph.op.Modulation;
import org.diffusion4j.graph.op.Norms;
import org.diffusion4j.graph.op.Resampling;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class OnnxWriterTest {
    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> onnxRuntimeAgreesOnRandomOptions() {
        return onRandomOptions(200, 212);
    }

    @TestFactory
    @Tag("slow")
    Stream<DynamicTest> onnxRuntimeAgreesOnFurtherRandomOptions() {
        return onRandomOptions(212, 300);
    }

    private Stream<DynamicTest> onRandomOptions(long first, long end) {
        return LongStream.range(first, end)
                .mapToObj(seed -> DynamicTest.dynamicTest("seed " + seed, () -> {
                    UNetConfig config = RandomConfigs.draw(seed);
                    Path file = folder.resolve(seed + ".onnx");
                    OnnxWriter.write(file, graph(config, DataType.FLOAT));
                    agree(file, config);
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
     * At batch 1 and 3: within 1e-4 of the result in double precision, or three times as far from it as SameDiff in single
     * precision is, since a norm over few values that are nearly alike multiplies anybody's rounding.
     */
    private static void agree(Path file, UNetConfig config) {
        try (NoisePredictor reference = new SameDiffEngine(graph(config, DataType.FLOAT));
                NoisePredictor exact = new SameDiffEngine(graph(config, DataType.DOUBLE));
                NoisePredictor exported = new OnnxRuntimeEngine(file)) {
            for (int batch : new int[] {1, 3}) {
                Map<String, INDArray> inputs = RandomConfigs.inputs(config, batch, batch);
                INDArray expected = predict(exact, inputs);
                double rounding = difference(expected, predict(reference, inputs));
                double largest = expected.amaxNumber().doubleValue();
                double found = difference(expected, predict(exported, inputs));
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
    void translatesOpsThatNoConfigurationHas() {
        SameDiff sd = SameDiff.create();
        SDVariable sample = sd.placeHolder("sample", DataType.FLOAT, -1, 2, 3, 4);
        SDVariable timestep = sd.placeHolder("timestep", DataType.FLOAT, -1);
        ShapedVariable x = new ShapedVariable(sample, -1, 2, 3, 4);
        ShapedVariable time = Embeddings.timestepEmbedding(timestep, 7, false, 0, 1, 10000); // odd: padded
        SDVariable weight = sd.var(
                "weight", Nd4j.linspace(-1, 1, 2 * 6 * 9).castTo(DataType.FLOAT).reshape(2, 6, 3, 3));
        SDVariable bias = sd.var("bias", Nd4j.linspace(-1, 1, 6).castTo(DataType.FLOAT));
        x = Convolutions.convTranspose2d(x, weight, bias, 2, 1, 1); // [N, 6, 6, 8], padded and cut
        x = Resampling.upsampleNearest(x, 7, 9);
        x = Norms.layerNorm(
                Attentions.toSequence(x), sd.var("scale", Nd4j.linspace(1, 2, 6).castTo(DataType.FLOAT)), bias, 1e-5);
        x = Activations.quickGelu(x);
        x = x.with(sd.nn().biasAdd(sd.nn().relu(x.variable(), 0).sub(0.25), sd.var("b", Nd4j.ones(63)), true));
        x = Modulation.concatEmbedding(Attentions.toImage(x, 7, 9), time);
        long[] begin = {0, 2, 0, 1};
        long[] end = {0, 12, 7, 9};
        sd.stridedSlice(x.variable(), begin, end, new long[] {1, 1, 1, 1}, 1, 1, 0, 0, 0)
                .rename(UNetGraph.OUTPUT);
        Path file = folder.resolve("ops.onnx");
        OnnxWriter.write(file, sd);
        try (NoisePredictor expected = new SameDiffEngine(sd);
                NoisePredictor exported = new OnnxRuntimeEngine(file)) {
            INDArray images =
                    Nd4j.linspace(-1, 1, 2 * 24).castTo(DataType.FLOAT).reshape(2, 2, 3, 4);
            Map<String, INDArray> inputs = Map.of("sample", images, "timestep", Nd4j.createFromArray(3f, 700f));
            INDArray result = predict(expected, inputs);
            assertArrayEquals(new long[] {2, 10, 7, 8}, result.shape());
            assertTrue(difference(result, predict(exported, inputs)) < 1e-5);
        }
    }

    private static SDVariable parameter(SameDiff sd, String name, long... shape) {
        long length = LongStream.of(shape).reduce(1, (a, b) -> a * b);
        return sd.var(
                name,
                Nd4j.linspace(-1, 1, length)
                        .castTo(DataType.FLOAT)
                        .mul(7)
                        .sub(0.1)
                        .reshape(shape));
    }

    /** Tokens, masks, norms and gates, with an attention to the image's positions. */
    private static SameDiff textEncoder() {
        SameDiff sd = SameDiff.create();
        SDVariable sample = sd.placeHolder("sample", DataType.FLOAT, -1, 2, 3, 4);
        SDVariable timestep = sd.placeHolder("timestep", DataType.FLOAT, -1);
        ShapedVariable tokens = new ShapedVariable(sd.placeHolder("tokens", DataType.INT64, -1, 6), -1, 6);
        SDVariable mask = sd.placeHolder("mask", DataType.FLOAT, -1, 6);
        SDVariable table = sd.constant(
                "table", Nd4j.linspace(-1, 1, 88).castTo(DataType.FLOAT).reshape(11, 8));
        ShapedVariable x = Embeddings.embedding(tokens, table);
        x = x.with(x.variable()
                .add(Embeddings.embedding(tokens, parameter(sd, "trained", 11, 8))
                        .variable())
                .add(timestep.mul(1e-3).reshape(-1, 1, 1)));
        x = Norms.layerNorm(x, parameter(sd, "weight", 8), parameter(sd, "bias", 8), 1e-5);
        x = Attentions.attention(x, x, x, 2, Attentions.keyBias(mask, DataType.FLOAT), true);
        x = Activations.quickGelu(FeedForward.linear(x, parameter(sd, "fc", 8, 8), parameter(sd, "fc.bias", 8)));
        x = Norms.layerNorm(x, parameter(sd, "weight2", 8), null, 1e-5);
        x = FeedForward.geglu(x, parameter(sd, "gate", 8, 8), parameter(sd, "gate.bias", 8));
        ShapedVariable image = FeedForward.linear(
                Attentions.toSequence(new ShapedVariable(sample, -1, 2, 3, 4)), parameter(sd, "to_k", 4, 2), null);
        Activations.geluTanh(Attentions.attention(x, image, image, 1))
                .variable()
                .rename(UNetGraph.OUTPUT);
        return sd;
    }

    @Test
    void translatesATextEncodersOps() throws IOException {
        SameDiff sd = textEncoder();
        Path file = folder.resolve("text.onnx");
        OnnxWriter.write(file, sd);
        INDArray images = Nd4j.linspace(-1, 1, 2 * 24).castTo(DataType.FLOAT).reshape(2, 2, 3, 4);
        Map<String, INDArray> inputs = Map.of(
                "sample",
                images,
                "timestep",
                Nd4j.createFromArray(3f, 700f),
                "tokens",
                Nd4j.createFromArray(new long[][] {{0, 10, 3, 3, 1, 9}, {7, 7, 0, 1, 2, 3}}),
                "mask",
                Nd4j.createFromArray(new float[][] {{1, 1, 1, 1, 1, 1}, {1, 1, 1, 0, 0, 0}}));
        try (NoisePredictor expected = new SameDiffEngine(sd);
                NoisePredictor exported = new OnnxRuntimeEngine(file)) {
            INDArray result = predict(expected, inputs);
            assertArrayEquals(new long[] {2, 6, 4}, result.shape());
            assertTrue(difference(result, predict(exported, inputs)) < 1e-5);
        }
        Map<String, Integer> ops = ops(file);
        assertEquals(2, ops.get("LayerNormalization"), ops.toString());
        assertEquals(2, ops.get("Gather"), ops.toString());
        for (String part : List.of("ReduceMean", "InstanceNormalization", "OneHot")) {
            assertTrue(!ops.containsKey(part), ops.toString());
        }
    }

    /** How many nodes there are of each kind. */
    private static Map<String, Integer> ops(Path file) throws IOException {
        Map<Integer, List<byte[]>> graph =
                fields(fields(Files.readAllBytes(file)).get(7).get(0));
        Map<String, Integer> ops = new TreeMap<>();
        for (byte[] node : graph.get(1)) {
            ops.merge(text(fields(node).get(4)), 1, Integer::sum);
        }
        return ops;
    }

    @Test
    void aSavedGraphGivesTheSameModel() throws IOException {
        UNetConfig config = RandomConfigs.plain().numClassEmbeds(5).build();
        Path graphFile = folder.resolve("unet.fb");
        graph(config, DataType.FLOAT).save(graphFile.toFile(), false);
        Path file = folder.resolve("loaded.onnx");
        OnnxWriter.write(file, SameDiff.load(graphFile.toFile(), false));
        agree(file, config);
    }

    @Test
    void leavesOutWhatTheOutputDoesNotNeed() {
        UNetConfig config = RandomConfigs.plain().build();
        SameDiff training = graph(config, DataType.FLOAT);
        SDVariable target = training.placeHolder("target", DataType.FLOAT, -1, 2, 4, 6);
        training.loss().huberLoss("loss", target, training.getVariable(UNetGraph.OUTPUT), null, 1);
        Path file = folder.resolve("trained.onnx");
        OnnxWriter.write(file, training);
        agree(file, config);
    }

    @Test
    void parametersHaveTheirNamesAndShapesAndNormsAndLinearLayersAreOneOp() throws IOException {
        UNetConfig config = RandomConfigs.plain().numClassEmbeds(5).build();
        Path file = folder.resolve("unet.onnx");
        OnnxWriter.write(file, graph(config, DataType.FLOAT));
        Map<Integer, List<byte[]>> model = fields(Files.readAllBytes(file));
        Map<Integer, List<byte[]>> opset = fields(model.get(8).get(0));
        assertEquals(OnnxModel.OPSET, number(opset.get(2).get(0)));
        Map<Integer, List<byte[]>> graph = fields(model.get(7).get(0));

        Map<String, List<Long>> shapes = new HashMap<>();
        for (byte[] initializer : graph.get(5)) {
            Map<Integer, List<byte[]>> tensor = fields(initializer);
            shapes.put(
                    text(tensor.get(8)),
                    tensor.getOrDefault(1, List.of()).stream()
                            .map(OnnxWriterTest::number)
                            .toList());
        }
        config.parameterShapes()
                .forEach((name, shape) ->
                        assertEquals(LongStream.of(shape).boxed().toList(), shapes.get(name), name));

        Map<String, Integer> ops = ops(file);
        long norms = shapes.keySet().stream()
                .filter(name -> name.matches(".*norm\\w*\\.weight"))
                .count();
        assertEquals((int) norms, ops.get("InstanceNormalization"), ops.toString());
        assertEquals(1, ops.get("Gather"), ops.toString());
        for (String part : List.of("ReduceMean", "Sqrt", "Sub", "OneHot", "Pad")) {
            assertTrue(!ops.containsKey(part), ops.toString());
        }
    }

    @Test
    void largeWeightsLieInAFileBesideAndGoWithTheModel() throws IOException {
        UNetConfig config = UNetPreset.TINY.config();
        Path file = folder.resolve("unet.onnx");
        Path data = folder.resolve("unet.onnx.data");
        OnnxWriter.write(file, graph(config, DataType.FLOAT), UNetGraph.OUTPUT, 100_000);
        agree(file, config);

        List<Long> offsets = new ArrayList<>();
        Map<Integer, List<byte[]>> graph =
                fields(fields(Files.readAllBytes(file)).get(7).get(0));
        for (byte[] initializer : graph.get(5)) {
            for (byte[] entry : fields(initializer).getOrDefault(13, List.of())) {
                Map<Integer, List<byte[]>> pair = fields(entry);
                if (text(pair.get(1)).equals("offset")) {
                    offsets.add(Long.parseLong(text(pair.get(2))));
                }
            }
        }
        assertTrue(offsets.size() > 10 && offsets.stream().allMatch(offset -> offset % OnnxFile.ALIGNMENT == 0));
        assertTrue(Files.size(data) > offsets.get(offsets.size() - 1));

        OnnxWriter.write(file, graph(config, DataType.FLOAT));
        agree(file, config);
        assertTrue(Files.notExists(data));
    }

    @Test
    void anOpWithoutATranslationIsNamedAndNothingIsWritten() throws IOException {
        Path file = Files.writeString(folder.resolve("unet.onnx"), "before");
        SameDiff graph = UNetGraph.build(UNetPreset.TINY.config());
        graph.math().cosh("strange", graph.getVariable(UNetGraph.OUTPUT));
        assertRefused("ONNX: op 'cosh' (cosh): expected one that has a translation", file, graph, "strange");
    }

    @Test
    void argumentsWithoutATranslationAreRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("unet.onnx"), "before");
        SameDiff graph = SameDiff.create();
        SDVariable x = graph.placeHolder("x", DataType.FLOAT, -1, 3);
        graph.nn().relu("capped", x, 0.5);
        graph.reshape("fixed", x, graph.constant(Nd4j.createFromArray(2L, 6L)));
        graph.reshape("wrong", x, 4, 3);
        graph.mean("flat", x, false, 1);
        assertRefused("expected a cutoff of 0", file, graph, "capped");
        assertRefused("expected a shape by arguments", file, graph, "fixed");
        assertRefused("expected a shape for [-1, 3] with the batch in front, found [4, 3]", file, graph, "wrong");
        assertRefused("expected dimensions that stay", file, graph, "flat");
    }

    private void assertRefused(String expected, Path file, SameDiff graph, String output) throws IOException {
        String message = assertThrows(
                        Diffusion4jException.class,
                        () -> OnnxWriter.write(file, graph, output, OnnxWriter.LARGEST_FILE))
                .getMessage();
        assertTrue(message.contains(expected), message);
        assertEquals("before", Files.readString(file));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(1, files.count());
        }
    }

    /** The fields of a protobuf message by number; whole numbers as text. */
    private static Map<Integer, List<byte[]>> fields(byte[] message) throws IOException {
        Map<Integer, List<byte[]>> fields = new HashMap<>();
        CodedInputStream in = CodedInputStream.newInstance(message);
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            byte[] content;
            switch (WireFormat.getTagWireType(tag)) {
                case WireFormat.WIRETYPE_VARINT ->
                    content = Long.toString(in.readInt64()).getBytes(StandardCharsets.UTF_8);
                case WireFormat.WIRETYPE_FIXED32 -> content = new byte[] {(byte) in.readFixed32()};
                default -> content = in.readByteArray();
            }
            fields.computeIfAbsent(WireFormat.getTagFieldNumber(tag), number -> new ArrayList<>())
                    .add(content);
        }
        return fields;
    }

    private static String text(List<byte[]> field) {
        return new String(field.get(0), StandardCharsets.UTF_8);
    }

    private static long number(byte[] content) {
        return Long.parseLong(new String(content, StandardCharsets.UTF_8));
    }
}
