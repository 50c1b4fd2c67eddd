package org.diffusion4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.adm.AdmClassifierConfig;
import org.diffusion4j.graph.adm.AdmUNetConfig;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Tiny networks of guided-diffusion with random weights, on the command line. */
class AdmCommandTest {
    private static final String SIZES =
            "\"image_size\": 8, \"model_channels\": 32, \"num_res_blocks\": 1, \"attention_resolutions\": [],"
                    + " \"channel_mult\": [1]";

    @TempDir
    static Path folder;

    @BeforeAll
    static void write() {
        AdmUNetConfig unet = AdmUNetConfig.builder()
                .imageSize(8)
                .modelChannels(32)
                .numResBlocks(1)
                .attentionResolutions(List.of())
                .channelMult(List.of(1.0))
                .build();
        AdmClassifierConfig classifier = AdmClassifierConfig.builder()
                .imageSize(8)
                .modelChannels(32)
                .outChannels(3)
                .numResBlocks(1)
                .attentionResolutions(List.of())
                .channelMult(List.of(1.0))
                .build();
        write("plain", unet, "UNetModel", "");
        write("edm", unet, "UNetModel", ", \"prediction_type\": \"edm\"");
        write("upsampler", unet.toBuilder().superResolution(true).build(), "SuperResModel", "");
        write("classifier", classifier, "EncoderUNetModel", ", \"out_channels\": 3");
    }

    private static void write(String name, NetworkConfig config, String className, String more) {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        config.graph().initialWeights(7).forEach((key, source) -> arrays.put(key, source.array()));
        SafetensorsWriter.writeArrays(folder.resolve(name + ".safetensors"), arrays);
        write(folder.resolve(name + ".json"), "{\"_class_name\": \"" + className + "\", " + SIZES + more + "}");
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String file(String name) {
        return folder.resolve(name).toString();
    }

    private static Run sample(String model, String out, String... options) {
        List<Object> arguments = new ArrayList<>(
                List.of("sample", "--model", file(model + ".safetensors"), "--images", "1", "--out", file(out)));
        arguments.addAll(Arrays.asList(options));
        return Run.of(arguments.toArray());
    }

    private static void assertDrawn(String how, Run run) {
        assertEquals(0, run.exitCode(), run.toString());
        assertTrue(run.out().get(run.out().size() - 1).contains("1 image by " + how + ","), run.toString());
    }

    @Test
    void classifierChangesThePicture() throws IOException {
        assertDrawn("ddim in 4 steps", sample("plain", "a.png", "--sampler", "ddim", "--respacing", "ddim4"));
        String classifier = file("classifier.safetensors");
        for (String scale : List.of("0", "40")) {
            assertDrawn(
                    "ddpm in 6 steps",
                    sample(
                            "plain",
                            "scale" + scale + ".png",
                            "--respacing",
                            "1,2,3",
                            "--labels",
                            "2",
                            "--classifier",
                            classifier,
                            "--classifier-scale",
                            scale));
        }
        assertFalse(
                Arrays.equals(
                        Files.readAllBytes(folder.resolve("scale0.png")),
                        Files.readAllBytes(folder.resolve("scale40.png"))),
                "a classifier that guides changes the picture");
    }

    @Test
    void preconditionedNetworkIsDrawnByItsOwnSamplers() {
        assertDrawn("heun in 5 steps", sample("edm", "edm.png", "--steps", "3"));
        assertDrawn("edm-euler in 3 steps", sample("edm", "euler.png", "--steps", "3", "--sampler", "edm-euler"));
        assertDrawn(
                "edm-dpm-solver-multistep in 3 steps",
                sample(
                        "plain",
                        "dpm.png",
                        "--prediction",
                        "edm",
                        "--steps",
                        "3",
                        "--sampler",
                        "edm-dpm-solver-multistep",
                        "--sampler-option",
                        "sigma_data=1",
                        "--sampler-option",
                        "solver_order=1"));
        assertDrawn("ddpm in 2 steps", sample("edm", "ddpm.png", "--prediction", "epsilon", "--steps", "2"));
        Run info = Run.of("info", file("edm.safetensors"));
        assertTrue(info.out().contains("preconditioning (edm)"), info.toString());
    }

    @Test
    void diffusersFolderWithSuchASchedulerIsDrawnByIt() {
        Path pipeline = TinyModels.pipeline(folder.resolve("pipeline"));
        for (String kind : List.of("EDMEuler", "EDMDPMSolverMultistep")) {
            write(
                    pipeline.resolve("scheduler/scheduler_config.json"),
                    "{\"_class_name\": \"" + kind + "Scheduler\", \"sigma_data\": 0.5}");
            Run run = Run.of(
                    "sample", "--model", pipeline, "--images", "1", "--labels", "cat", "--out", file("folder.png"));
            assertDrawn(kind.equals("EDMEuler") ? "edm-euler in 2 steps" : "edm-dpm-solver-multistep in 2 steps", run);
        }
    }

    @TestFactory
    Stream<DynamicTest> badInputIsOneLine() {
        Map<String, String> refused = new LinkedHashMap<>();
        refused.put(
                "upsampler", "--low-res: expected a picture to enlarge, as the network is an upsampler, found none");
        refused.put("plain --low-res a.png", "--low-res: expected none, as the network is no upsampler, found a.png");
        refused.put("plain --respacing x", "--respacing");
        refused.put("plain --respacing 5 --steps 5", "--respacing: expected no --steps beside it, found 5");
        refused.put("plain --preset classifier64", "expected shape [128], found no such tensor");
        refused.put("classifier", "model: expected a network that draws, found the classifier EncoderUNetModel");
        refused.put("plain --classifier-scale 2", "--classifier-scale: expected --classifier beside it, found none");
        refused.put("plain --classifier plain.safetensors --labels 1", "classifier: expected an EncoderUNetModel");
        refused.put("plain --labels 1", "--labels");
        refused.put("plain --sampler heun", "--sampler: expected ddpm or ddim");
        refused.put("plain --prediction v_prediction", "--prediction: expected epsilon or edm");
        refused.put("plain --ema", "--ema: expected a model that draws by text");
        refused.put("edm --sampler ddim", "--sampler: expected heun, edm-euler, edm-dpm-solver-multistep");
        refused.put("edm --respacing 5", "--respacing: expected none for a network of prediction_type edm");
        refused.put("edm --eta 0.5", "--eta: expected none for a network of prediction_type edm");
        refused.put("edm --sampler-option eta=1", "--sampler-option: expected keys of heun");
        refused.put("edm --sampler-option sigma_data=0", "sigma_data");
        refused.put(
                "edm --classifier classifier.safetensors --labels 1",
                "classifier: expected none, as the network is one");
        return refused.entrySet().stream()
                .map(one -> DynamicTest.dynamicTest(one.getKey(), () -> {
                    String[] words = one.getKey().split(" ");
                    String[] options = Arrays.stream(words)
                            .skip(1)
                            .map(word -> word.endsWith(".safetensors") ? file(word) : word)
                            .toArray(String[]::new);
                    Run run = sample(words[0], "none.png", options);
                    assertEquals(2, run.exitCode(), run.toString());
                    assertEquals(1, run.err().size(), run.toString());
                    assertTrue(run.err().get(0).contains(one.getValue()), run.toString());
                }));
    }
}
