package org.diffusion4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.imageio.ImageIO;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class CommandsTest {
    @TempDir
    private Path folder;

    private Path model;

    @BeforeEach
    void writeModel() {
        model = TinyModels.pipeline(folder.resolve("model"));
    }

    private static Run good(Object... args) {
        Run run = Run.of(args);
        assertEquals(0, run.exitCode(), run.toString());
        return run;
    }

    @Test
    void sampleWritesAGridWithARowForEachLabel() throws IOException {
        Path grid = folder.resolve("new/folder/grid.png");
        Run run = good("sample", "--model", model, "--labels", "cat,1", "--images", 6, "--out", grid);
        BufferedImage picture = ImageIO.read(grid.toFile());
        assertEquals(3 * 8, picture.getWidth());
        assertEquals(2 * 8, picture.getHeight());
        assertEquals(1, run.out().size(), run.toString());
        assertTrue(run.out().get(0).startsWith(grid + ": 6 images by ddim in 2 steps"), run.toString());
        assertEquals("step 2 of 2", run.err().get(run.err().size() - 1));
    }

    @Test
    void sampleWritesTheSameBytesAgain() throws IOException {
        for (String name : List.of("a.png", "b.png")) {
            good("sample", "--model", model, "--images", 2, "--seed", 7, "--out", folder.resolve(name));
        }
        assertArrayEquals(Files.readAllBytes(folder.resolve("a.png")), Files.readAllBytes(folder.resolve("b.png")));
    }

    @Test
    void sampleWritesAFileForEachPictureIntoAFolder() throws IOException {
        good("sample", "--model", model, "--labels", "1-2", "--images", 3, "--out", folder.resolve("out") + "/");
        try (var files = Files.list(folder.resolve("out"))) {
            assertEquals(
                    List.of("00000-label1.png", "00001-label1.png", "00002-label2.png"),
                    files.map(file -> file.getFileName().toString()).sorted().toList());
        }
    }

    @Test
    void predictTakesOneTimestepForAllAndAnySize() {
        Path in = folder.resolve("in.safetensors");
        Path out = folder.resolve("out.safetensors");
        SafetensorsWriter.writeArrays(
                in,
                Map.of(
                        "sample", Nd4j.zeros(DataType.FLOAT, 2, 3, 12, 6),
                        "timestep", Nd4j.scalar(5L),
                        "class_labels", Nd4j.createFromArray(0L, 3L),
                        "out_sample", Nd4j.zeros(DataType.FLOAT, 1)));
        good("predict", "--model", model, "--in", in, "--out", out);
        try (SafetensorsReader reader = SafetensorsReader.open(out)) {
            assertArrayEquals(new long[] {2, 3, 12, 6}, reader.read("sample").shape());
        }
    }

    @Test
    void predictTakesABareNetwork() {
        Path bare = TinyModels.bare(folder.resolve("bare"));
        Path in = folder.resolve("in.safetensors");
        SafetensorsWriter.writeArrays(
                in, Map.of("sample", Nd4j.zeros(DataType.FLOAT, 1, 3, 8, 8), "timestep", Nd4j.createFromArray(0.5f)));
        Run run = good("predict", "--model", bare, "--in", in, "--out", folder.resolve("o.safetensors"));
        assertTrue(run.out().get(0).endsWith(": sample [1, 3, 8, 8]"), run.toString());
    }

    @ParameterizedTest
    @CsvSource({
        "diffusers, new/unet, unet/config.json",
        "safetensors, new/unet.safetensors, ''",
        "samediff, unet.fb, ''",
        "ONNX, unet.onnx, ''",
    })
    void exportWritesEachFormatAndAgain(String format, String name, String within) {
        Path out = folder.resolve(name);
        for (int i = 0; i < 2; i++) {
            Run run = good("export", "--model", model, "--format", format, "--out", out);
            assertEquals(1, run.out().size(), run.toString());
            assertTrue(
                    run.out().get(0).matches(".*: " + format.toLowerCase(Locale.ROOT) + ", [\\d,]+ parameters"),
                    run.toString());
            assertTrue(
                    Files.isRegularFile(out.resolve(within)),
                    out.resolve(within).toString());
        }
    }

    @Test
    void infoSaysWhatAModelIs() throws IOException {
        Path drawing = folder.resolve("network.svg");
        Run run = good("info", model, "--batch", 4, "--draw", drawing);
        String text = String.join("\n", run.out());
        assertTrue(run.out().get(0).matches(".*: [\\d,]+ parameters in \\d+ tensors"), text);
        for (String part : List.of("8x8", "AttnUpBlock2D", "DDIMScheduler", "cat, dog, owl", "4 images at 8x8")) {
            assertTrue(text.contains(part), text);
        }
        assertTrue(Files.readString(drawing).startsWith("<?xml"));
    }

    @Test
    void benchTimesAModelAndAConfigurationWithoutWeights() throws IOException {
        Path config = TinyModels.config(folder.resolve("config"));
        for (Path network : List.of(model, config)) {
            Run run = good(
                    "bench",
                    "--model",
                    network,
                    "--batch",
                    3,
                    "--threads",
                    2,
                    "--warm-up",
                    0,
                    "--engine",
                    "onednn",
                    "--precision",
                    "fp32",
                    "--json");
            assertEquals(1, run.out().size(), run.toString());
            JsonNode line = JsonMapper.builder().build().readTree(run.out().get(0));
            assertEquals(network.toString(), line.get("model").textValue());
            assertEquals(3, line.get("batch").intValue());
            assertEquals("onednn", line.get("engine").textValue());
            assertEquals("fp32", line.get("precision").textValue());
            assertEquals(2, line.get("threads").intValue());
            assertTrue(line.get("forward_ms").doubleValue() > 0, run.toString());
            assertTrue(line.get("step_ms").isNull(), run.toString());
            assertEquals("8x8", line.get("size").textValue());
            double rate =
                    line.get("gflop").doubleValue() / line.get("forward_ms").doubleValue() * 1000;
            assertEquals(1, line.get("gflop_per_s").doubleValue() / rate, 1e-3, run.toString());
            double plain = line.get("plain_convolution_gflop_per_s").doubleValue();
            assertEquals(1, line.get("share_of_plain_convolution").doubleValue() * plain / rate, 1e-3, run.toString());
            assertTrue(
                    line.get("peak_rss_mb").isNull() || line.get("peak_rss_mb").intValue() > 0, run.toString());
        }
    }

    @Test
    @Tag("slow")
    void benchSaysItInWordsToo() {
        Run run = good("bench", "--model", model, "--warm-up", 0, "--engine", "samediff", "--threads", 1);
        assertTrue(
                run.out()
                        .get(0)
                        .matches(".*model, batch 1 of 8x8: forward [\\d.]+ ms \\(samediff, fp32, threads: 1\\)"),
                run.toString());
        assertTrue(
                run.out()
                        .get(1)
                        .matches("arithmetic: [\\d.]+ GFLOP, [\\d.]+ GFLOP/s, \\d+ % of the [\\d.]+ GFLOP/s of a plain"
                                + " convolution by oneDNN"),
                run.toString());
    }

    @Tag("slow")
    @Test
    void benchTakesAnySizeAndItsArithmeticGrowsWithThePixels() throws IOException {
        double[] gflop = new double[2];
        for (int i = 0; i < 2; i++) {
            Run run = good(
                    "bench",
                    "--model",
                    model,
                    "--warm-up",
                    0,
                    "--threads",
                    1,
                    "--size",
                    List.of("16x8", "32x16").get(i),
                    "--train",
                    "--json");
            JsonNode line = JsonMapper.builder().build().readTree(run.out().get(0));
            assertEquals(List.of("16x8", "32x16").get(i), line.get("size").textValue());
            assertTrue(line.get("step_ms").doubleValue() > 0, run.toString());
            gflop[i] = line.get("gflop").doubleValue();
        }
        // Convolutions have four times the work, attention up to 16 times, and the time embedding the same.
        assertTrue(gflop[1] > 3.5 * gflop[0] && gflop[1] < 8 * gflop[0], gflop[0] + " and " + gflop[1]);
    }

    private List<Object> onOneAndTwoThreads() {
        return List.of(
                "bench", "--model", model, "--warm-up", 0, "--precision", "fp32", "--batch", 2, "--threads", "1,2");
    }

    @Tag("slow")
    @Test
    void benchComparesNumbersOfThreads() {
        Run table = good(onOneAndTwoThreads().toArray());
        String text = table.toString();
        assertTrue(
                table.out().get(0).matches(".*model, batch 2 of 8x8: forward \\(onednn, fp32\\), [\\d.]+ GFLOP"), text);
        assertEquals(
                List.of("threads", "ms", "GFLOP/s", "of plain conv.", "speed-up", "peak MB"),
                List.of(table.out().get(1).strip().split(" {2,}")));
        assertTrue(table.out().get(2).matches(" +1 +[\\d.]+ +[\\d.]+ +\\d+ % +1\\.00 +[\\d-]+"), text);
        assertTrue(table.out().get(3).matches(" +2 +[\\d.]+ +[\\d.]+ +\\d+ % +[\\d.]+ +[\\d-]+"), text);
    }

    @Test
    @Tag("slow")
    void theComparisonOfThreadsIsThereAsJsonToo() throws IOException {
        List<Object> command = new ArrayList<>(onOneAndTwoThreads());
        command.add("--json");
        Run run = good(command.toArray());
        assertEquals(2, run.out().size(), run.toString());
        JsonNode one = JsonMapper.builder().build().readTree(run.out().get(0));
        JsonNode two = JsonMapper.builder().build().readTree(run.out().get(1));
        assertEquals(1, one.get("threads").intValue());
        assertEquals(2, two.get("threads").intValue());
        assertEquals(
                one.get("forward_ms").doubleValue() / two.get("forward_ms").doubleValue(),
                two.get("speed_up").doubleValue(),
                2e-3);
    }

    @Test
    @Tag("slow")
    void benchSaysWhatAutoTookAndWhy() throws IOException {
        for (String[] options : new String[][] {{"--engine", "samediff"}, {"--engine", "onednn", "--train"}}) {
            List<Object> command = new ArrayList<>(List.of("bench", "--model", model, "--warm-up", 0, "--json"));
            command.addAll(List.of(options));
            Run run = good(command.toArray());
            JsonNode line = JsonMapper.builder().build().readTree(run.out().get(0));
            assertEquals(1, run.err().size(), run.toString());
            assertTrue(
                    run.err()
                            .get(0)
                            .startsWith("precision: " + line.get("precision").textValue() + ", as "),
                    run.toString());
        }
    }

    @Test
    void bf16GivesNearlyTheSame() throws IOException {
        try {
            Precision.BF16.here();
        } catch (Diffusion4jException e) {
            Assumptions.abort(e.getMessage());
        }
        Run bench = good("bench", "--model", model, "--warm-up", 0, "--precision", "bf16", "--json");
        JsonNode line = JsonMapper.builder().build().readTree(bench.out().get(0));
        assertEquals("bf16", line.get("precision").textValue());
        assertEquals(List.of(), bench.err());

        Path in = folder.resolve("in.safetensors");
        SafetensorsWriter.writeArrays(
                in,
                Map.of(
                        "sample",
                                Nd4j.linspace(-1, 1, 192).castTo(DataType.FLOAT).reshape(1, 3, 8, 8),
                        "timestep", Nd4j.scalar(5L),
                        "class_labels", Nd4j.createFromArray(1L)));
        List<INDArray> outputs = new ArrayList<>();
        for (String precision : List.of("fp32", "bf16")) {
            Path out = folder.resolve(precision + ".safetensors");
            good("predict", "--model", model, "--in", in, "--out", out, "--precision", precision);
            try (SafetensorsReader reader = SafetensorsReader.open(out)) {
                outputs.add(reader.read("sample").castTo(DataType.DOUBLE));
            }
        }
        double relative = outputs.get(0).sub(outputs.get(1)).norm2Number().doubleValue()
                / outputs.get(0).norm2Number().doubleValue();
        assertTrue(relative > 1e-5 && relative <= 2e-2, "differs by " + relative);

        Path grid = folder.resolve("grid.png");
        good("sample", "--model", model, "--images", 2, "--precision", "bf16", "--out", grid);
        assertEquals(2 * 8, ImageIO.read(grid.toFile()).getHeight()); // a row for each class
    }

    @Test
    void modelsListsTheZoo() {
        Run run = good("models");
        assertTrue(run.out().get(0).matches("name +draws +size +parameters"), run.toString());
        assertTrue(run.out().get(1).matches("ddpm-mnist  .* 28x28 grey +1,624,577"), run.toString());
        assertTrue(run.out().get(2).matches("ddpm-mnist-fast  .* 28x28 grey +1,624,577"), run.toString());
        assertTrue(run.out().get(3).matches("ddpm-cifar10-small  .* 32x32 colour +7,205,507"), run.toString());
        assertTrue(run.out().get(4).matches("ddpm-cifar10-fast  .* 32x32 colour +7,205,507"), run.toString());
        assertTrue(run.out().get(5).matches("emoji-32  .* 32x32 colour +7,071,619"), run.toString());
        for (String line : run.out().subList(0, 6)) {
            assertEquals(run.out().get(0).length(), line.length(), run.toString());
        }
        // Then those whose weights are elsewhere.
        String known = String.join("\n", run.out());
        assertTrue(known.contains("stabilityai/stable-diffusion-xl-base-1.0"), known);
        assertTrue(known.contains("google/ddpm-celebahq-256"), known);
    }

    @Test
    void verifyTellsPassedAndFailedCases() throws IOException {
        Path cases = Files.createDirectory(folder.resolve("cases"));
        String settings =
                "{\"kind\":\"op\",\"op\":\"relu\",\"name\":\"relu\",\"options\":{},\"tolerance\":{\"atol\":1e-5,\"rtol\":0}}";
        for (String name : List.of("bad", "good")) {
            Path one = Files.createDirectory(cases.resolve(name));
            Files.writeString(one.resolve("case.json"), settings);
            SafetensorsWriter.writeArrays(
                    one.resolve("case.safetensors"),
                    Map.of(
                            "in.x", Nd4j.createFromArray(new float[][] {{-1, 2}}),
                            "output", Nd4j.createFromArray(new float[][] {{name.equals("bad") ? 1 : 0, 2}})));
        }
        Run both = Run.of("verify", cases);
        assertEquals(1, both.exitCode(), both.toString());
        assertEquals(
                List.of(
                        cases.resolve("bad") + "  output  1.00e+00  FAIL",
                        cases.resolve("good") + "  output  0.00e+00  ok",
                        "1 passed, 1 failed, 0 unknown"),
                both.out());
        assertEquals(
                "1 passed, 0 failed, 0 unknown",
                good("verify", cases.resolve("good")).out().get(1));

        Files.delete(cases.resolve("bad/case.safetensors"));
        Run thrown = Run.of("verify", cases.resolve("bad"));
        assertEquals(1, thrown.exitCode());
        assertEquals(2, thrown.out().size(), thrown.toString());
        assertTrue(thrown.out().get(0).endsWith("FAIL"), thrown.toString());
        assertEquals("0 passed, 1 failed, 0 unknown", thrown.out().get(1));

        Files.writeString(cases.resolve("bad/case.json"), "{\"kind\":\"tokenizer\"}");
        assertEquals(1, Run.of("verify", cases.resolve("bad")).exitCode());
        Run one = good("verify", cases);
        assertEquals("1 passed, 0 failed, 1 unknown", one.out().get(2));
    }

    @Test
    void aGridIsEnlargedAndCaptioned() throws IOException {
        Path small = folder.resolve("small.png");
        Path large = folder.resolve("large.png");
        good("sample", "--model", model, "--labels", "cat,owl", "--images", 4, "--out", small);
        good(
                "sample",
                "--model",
                model,
                "--labels",
                "cat,owl",
                "--images",
                4,
                "--out",
                large,
                "--scale",
                5,
                "--captions");
        BufferedImage one = ImageIO.read(small.toFile());
        BufferedImage five = ImageIO.read(large.toFile());
        assertEquals(5 * one.getHeight(), five.getHeight());
        int column = five.getWidth() - 5 * one.getWidth();
        assertTrue(column > 10, "captions take " + column);
        for (int y = 0; y < five.getHeight(); y++) {
            for (int x = column; x < five.getWidth(); x++) {
                assertEquals(one.getRGB((x - column) / 5, y / 5), five.getRGB(x, y));
            }
        }
    }
}
