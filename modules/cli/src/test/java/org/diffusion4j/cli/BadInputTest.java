package org.diffusion4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Bad input gives exit code 2 and one line on stderr, and writes nothing. */
class BadInputTest {
    @TempDir
    private Path folder;

    private Path model;
    private Path weights;
    private Path results;

    @BeforeEach
    void writeModel() throws IOException {
        model = TinyModels.pipeline(folder.resolve("model"));
        weights = model.resolve(TinyModels.WEIGHTS);
        results = Files.createDirectory(folder.resolve("results"));
    }

    private void assertRefused(String expected, Object... args) throws IOException {
        Run run = Run.of(args);
        assertEquals(2, run.exitCode(), run.toString());
        assertEquals(1, run.err().size(), run.toString());
        assertTrue(run.err().get(0).contains(expected), run.toString());
        assertTrue(run.out().isEmpty(), run.toString());
        try (var files = Files.list(results)) {
            assertEquals(0, files.count(), "something was written");
        }
    }

    private void assertModelRefused(String expected) throws IOException {
        assertRefused(expected, "sample", "--model", model, "--labels", "0", "--out", results.resolve("grid.png"));
        assertRefused(expected, "info", model, "--draw", results.resolve("network.svg"));
    }

    @Test
    void refusesTruncatedWeights() throws IOException {
        byte[] bytes = Files.readAllBytes(weights);
        Files.write(weights, Arrays.copyOf(bytes, bytes.length - 5));
        assertModelRefused("diffusion_pytorch_model.safetensors: expected 181548 bytes of data, as the header says");
    }

    @Test
    void refusesOversizedHeaders() throws IOException {
        byte[] bytes = Files.readAllBytes(weights);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, Long.MAX_VALUE);
        Files.write(weights, bytes);
        assertModelRefused("diffusion_pytorch_model.safetensors: expected a header of");
    }

    @Test
    void refusesOverlappingTensors() throws IOException {
        TinyModels.replaceInHeader(weights, "\\[512,544\\]", "[508,540]");
        assertModelRefused("'conv_in.bias': expected it to begin at byte 512");
    }

    @Test
    void refusesTensorsOfAWrongType() throws IOException {
        TinyModels.replaceInHeader(weights, "\"F32\"", "\"I32\"");
        assertModelRefused("diffusion_pytorch_model.safetensors, '");
    }

    @Test
    void refusesMissingTensors() throws IOException {
        TinyModels.replaceInHeader(weights, "\"conv_in.weight\"", "\"conv_in.heavy\"");
        assertModelRefused("'conv_in.weight': expected shape [8, 3, 3, 3], found no such tensor");
    }

    @Test
    void leavesSurplusTensorsOutAndSaysSo() throws IOException {
        TinyModels.replace(model.resolve("unet/config.json"), "\"num_class_embeds\": 4", "\"num_class_embeds\": null");
        TinyModels.replace(model.resolve("diffusion4j.json"), "\"null_class\": 3", "\"null_class\": null");
        Run run = Run.of("info", model);
        assertEquals(0, run.exitCode(), run.toString());
        assertTrue(
                run.err()
                        .get(0)
                        .endsWith("tensors that the network doesn't have are left out: 'class_embedding.weight'"),
                run.toString());
    }

    @Test
    void refusesMisshapenTensors() throws IOException {
        TinyModels.replace(model.resolve("unet/config.json"), "\"num_class_embeds\": 4", "\"num_class_embeds\": 5");
        assertModelRefused("'class_embedding.weight': expected shape [5, 32]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"unet/config.json", "scheduler/scheduler_config.json", "model_index.json", "diffusion4j.json"})
    void refusesBrokenJson(String file) throws IOException {
        Files.writeString(model.resolve(file), "{\"a\":\n[");
        assertModelRefused(file);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"norm_num_groups\": 4|\"norm_num_groups\": 3",
                "\"layers_per_block\": 1|\"layers_per_block\": 0",
                "\"layers_per_block\": 1|\"layers_per_block\": 2000000000",
                "\"AttnDownBlock2D\"|\"CrossAttnDownBlock2D\"",
                "\"in_channels\": 3|\"in_channels\": -3",
                "\"act_fn\": \"silu\"|\"act_fn\": 7",
            })
    void refusesImpossibleConfigurations(String old, String impossible) throws IOException {
        TinyModels.replace(model.resolve("unet/config.json"), old, impossible);
        assertModelRefused("config.json");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--labels 3|--labels: expected 0 to 2, found 3",
                "--labels bird|--labels: expected numbers, ranges or class names (cat, dog, owl)",
                "--labels 0-2 --images 2|--labels: expected 1 to 2 (images), found 3",
                "--images 0|--images: expected at least 1, found 0",
                "--steps 0|--steps: expected at least 1, found 0",
                "--steps 1001|expected 1 to 1000",
                "--steps many|--steps: expected a whole number up to 2147483647, found 'many'",
                "--eta 2|eta: expected a number in [0, 1], found 2.0",
                "--guidance NaN|--guidance: expected a finite number, found NaN",
                "--sampler oiler|--sampler: expected ddpm, ddim, euler, ",
                "--sampler unipc --schedule steep|--schedule: expected karras, exponential, beta or lu-lambdas, found 'steep'",
                "--sampler ddim --schedule karras|use_karras_sigmas: expected none, as DDIMScheduler has no such option",
                "--sampler unipc --schedule beta --sampler-option use_karras_sigmas=true|use_beta_sigmas",
                "--schedule beta --sampler-option use_beta_sigmas=true|--schedule: expected it or --sampler-option use_beta_sigmas, found both",
                "--sampler-option solver_order|--sampler-option: expected KEY=VALUE, found 'solver_order'",
                "--sampler unipc --sampler-option solver_ordr=0|solver_ordr: expected none, as UniPCMultistepScheduler has no such option (did you mean solver_order?), found 0",
                "--sampler unipc --sampler-option solver_order=0|solver_order: expected 1 to 20, found 0",
                "--sampler unipc --sampler-option solver_order=2.5|solver_order: expected a whole number, found 2.5",
                "--sampler unipc --sampler-option use_flow_sigmas=true|use_flow_sigmas: expected false",
                "--sampler euler --sampler-option s_churn=much|s_churn: expected a number, found 'much'",
                "--spacing wide|--spacing: expected ",
                "--engine steam|--engine: expected ",
                "--engine onnxruntime:cud|found 'onnxruntime:cud'; did you mean onnxruntime:cuda?",
                "--engine onnxruntime:directml|engine onnxruntime:directml: expected ",
                "--engine onnxruntime --precision bf16|precision: expected fp32 or auto, as ONNX Runtime runs this network",
                "--threads 0|--threads: expected at least 1, found 0",
                "--bogus|Unknown option --bogus of sample",
            })
    void refusesImpossibleOptions(String options, String expected) throws IOException {
        String[] command = String.format(
                        Locale.ROOT, "sample --model %s --out %s " + options, model, results.resolve("grid.png"))
                .split(" ");
        assertRefused(expected, (Object[]) command);
    }

    /** A server that had started would answer until it is stopped. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void refusesToServeWithWhatCannotComputeHere() throws IOException {
        assertRefused(
                "engine onnxruntime:cuda: expected ",
                "serve",
                "--model",
                model,
                "--engine",
                "onnxruntime:cuda",
                "--port",
                "0");
    }

    @Test
    void refusesToBenchWhatMemoryDoesNotHold() throws IOException {
        Path config = TinyModels.config(folder.resolve("config"));
        for (Path network : List.of(model, config)) {
            for (String[] more : new String[][] {{}, {"--train"}, {"--train", "--trainer"}}) {
                List<Object> command =
                        new ArrayList<>(List.of("bench", "--model", network, "--batch", Integer.MAX_VALUE));
                command.addAll(List.of(more));
                assertRefused("--batch: expected at most ", command.toArray());
            }
            assertRefused(
                    "--size: expected images of which this machine's memory",
                    "bench",
                    "--model",
                    network,
                    "--size",
                    "16384");
            assertRefused("--size: expected sides from 1 to 16384", "bench", "--model", network, "--size", "16385");
        }
    }

    @Test
    void refusesWhatIsNotThere() throws IOException {
        assertRefused("Missing required option", "sample", "--model", model);
        assertRefused("expected a command", new Object[0]);
        assertRefused("Unexpected argument 'more' of models", "models", "more");
        assertRefused(
                "expected a folder, a file, one of the zoo (ddpm-mnist, ddpm-mnist-fast, ddpm-cifar10-small, ddpm-cifar10-fast, emoji-32)",
                "info",
                folder.resolve("nothing"));
        assertRefused("expected a folder, found nothing", "verify", folder.resolve("nothing"));
        assertRefused("--batch: expected at least 1", "info", model, "--batch", "0");
        assertRefused("--batch: expected at least 1", "bench", "--model", model, "--batch", "0");
        for (String size : List.of("9", "8x9", "2x2000000", "0", "8x", "big")) {
            assertRefused("--size: expected ", "bench", "--model", model, "--size", size);
        }
        for (String threads : List.of("0", "1,0", "1,x", ",", "1,99999999999", "")) {
            assertRefused("--threads: expected ", "bench", "--model", model, "--threads", threads);
        }
        Path nothing = folder.resolve("nothing");
        assertRefused("expected a folder, a file, one of the zoo", "bench", "--model", nothing, "--threads", "1,2");
        for (String never : List.of("NaN", "Infinity", "-1")) {
            assertRefused("--warm-up: expected 0 to 3600", "bench", "--model", model, "--warm-up", never);
        }
    }

    @Test
    void refusesABareNetworkToDrawWith() throws IOException {
        Path bare = TinyModels.bare(folder.resolve("bare"));
        assertRefused("expected a scheduler", "sample", "--model", bare, "--out", results.resolve("grid.png"));
    }

    @Test
    void refusesPlacesThatCannotBeWritten() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "a file");
        Path inFile = file.resolve("grid.png");
        assertRefused("expected a folder to write", "sample", "--model", model, "--out", inFile);
        assertRefused(
                "expected a file *.png or a folder", "sample", "--model", model, "--out", results.resolve("g.gif"));
        assertRefused("expected a folder to write", "sample", "--model", model, "--out", file + "/");
        assertRefused("expected a file, found the folder", "info", model, "--draw", results);
        assertRefused("expected a path", "sample", "--model", model, "--out", "a\0.png");
        assertEquals("a file", Files.readString(file));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tflite|net.onnx|'--format'",
                "onnx|net.pb|--out: expected a file *.onnx, found",
                "samediff|net/|--out: expected a file, found the folder",
                "safetensors|.safetensors/net.safetensors|expected a folder to write",
                "diffusers|.safetensors|expected a folder to write",
            })
    void refusesImpossibleExports(String format, String name, String expected) throws IOException {
        Path file = Files.writeString(folder.resolve(".safetensors"), "a file");
        String out = name.startsWith(".") ? folder + "/" + name : results + "/" + name;
        assertRefused(expected, "export", "--model", model, "--format", format, "--out", out);
        assertEquals("a file", Files.readString(file));
    }

    @Test
    void refusesToExportANetworkWithoutASize() throws IOException {
        TinyModels.replace(model.resolve("unet/config.json"), "\"sample_size\": 8", "\"sample_size\": null");
        Object[] command = {"export", "--model", model, "--format", "onnx", "--out", results.resolve("net.onnx")};
        assertRefused("'sample_size': expected a size to build the network at, found null", command);
        TinyModels.replace(model.resolve("unet/config.json"), "\"sample_size\": null", "\"sample_size\": 7");
        assertRefused("config.json: sample size: expected multiples of 2", command);
    }

    private Path inputs(Map<String, INDArray> arrays) {
        Path file = folder.resolve("in.safetensors");
        SafetensorsWriter.writeArrays(file, arrays);
        return file;
    }

    private void assertInputRefused(String expected, INDArray sample, INDArray timestep, INDArray labels)
            throws IOException {
        Path in = inputs(Map.of("sample", sample, "timestep", timestep, "class_labels", labels));
        assertRefused(expected, "predict", "--model", model, "--in", in, "--out", results.resolve("o.safetensors"));
    }

    @Test
    void refusesInputsThatDoNotFit() throws IOException {
        INDArray sample = Nd4j.zeros(DataType.FLOAT, 2, 3, 8, 8);
        INDArray time = Nd4j.createFromArray(5L, 5L);
        INDArray labels = Nd4j.createFromArray(0L, 3L);
        assertInputRefused("'class_labels': expected 0 to 3, found 4", sample, time, Nd4j.createFromArray(0L, 4L));
        assertInputRefused(
                "'class_labels': expected shape [2], found [3]", sample, time, Nd4j.createFromArray(0L, 1L, 2L));
        assertInputRefused(
                "'timestep': expected shape [2], found [3]", sample, Nd4j.createFromArray(1L, 2L, 3L), labels);
        assertInputRefused("'sample': expected shape [N, 3, H, W]", Nd4j.zeros(2, 1, 8, 8), time, labels);
        assertInputRefused("expected multiples of 2 for 2 levels, found 7x8", Nd4j.zeros(2, 3, 7, 8), time, labels);
        Path without = inputs(Map.of("sample", sample, "timestep", time));
        assertRefused(
                "'class_labels': expected such a tensor",
                "predict",
                "--model",
                model,
                "--in",
                without,
                "--out",
                results.resolve("o.safetensors"));
        Path missing = folder.resolve("missing.safetensors");
        assertRefused(
                "no such file",
                "predict",
                "--model",
                model,
                "--in",
                missing,
                "--out",
                results.resolve("o.safetensors"));
    }

    @Test
    void printsAStackTraceWhenAsked() {
        Run run = Run.of("info", folder.resolve("nothing"), "--verbose");
        assertEquals(2, run.exitCode());
        assertTrue(run.err().size() > 2, run.toString());
        assertFalse(run.err().get(0).contains("Exception"), run.toString());
    }

    @Test
    void refusesAPropertyThatNamesNoEngine() throws IOException {
        System.setProperty(EngineKind.PROPERTY, "typo");
        try {
            assertRefused(
                    "-Dorg.diffusion4j.engine: expected auto, samediff, onednn, onnxruntime:cpu, onnxruntime:cuda,"
                            + " onnxruntime:tensorrt, onnxruntime:coreml, onnxruntime:directml, found 'typo'",
                    "sample",
                    "--model",
                    model,
                    "--labels",
                    "0",
                    "--out",
                    results.resolve("grid.png"));
        } finally {
            System.clearProperty(EngineKind.PROPERTY);
        }
    }
}
