package org.diffusion4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.apache.commons.io.file.PathUtils;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class PromptCommandTest {
    private static final Path GOLDENS = Path.of("../verify/src/test/resources/goldens");
    private static final Path MODEL = GOLDENS.resolve("pipeline-sd-tiny");

    @TempDir
    private Path folder;

    private Run sample(Path model, Object... further) {
        List<Object> all = new ArrayList<>(List.of("sample", "--model", model));
        all.addAll(Arrays.asList(further));
        return Run.of(all.toArray());
    }

    private void refuses(String expected, Object... further) {
        Path out = folder.resolve("refused.png");
        List<Object> all = new ArrayList<>(Arrays.asList(further));
        all.addAll(List.of("--out", out));
        Run run = sample(MODEL, all.toArray());
        assertEquals(2, run.exitCode(), run.toString());
        assertEquals(1, run.err().size(), run.toString());
        assertTrue(run.err().get(0).startsWith(expected), run.toString());
        assertFalse(Files.exists(out));
    }

    private Path picture(String name, int width, int height) throws IOException {
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < width * height; i++) {
            picture.setRGB(i % width, i / width, 0x010203 * (i % 80));
        }
        Path file = folder.resolve(name);
        ImageIO.write(picture, "png", file.toFile());
        return file;
    }

    @Test
    void tensorsAndOptionsThatANetworkDoesNotHaveAreNamed() throws IOException {
        Path model = folder.resolve("model");
        PathUtils.copyDirectory(MODEL, model);
        Path config = model.resolve("vae/config.json");
        Files.writeString(config, Files.readString(config).replaceFirst("\\{", "{\"my_key\": 1,"));
        Path file = model.resolve("text_encoder/model.safetensors");
        Map<String, INDArray> weights = new LinkedHashMap<>();
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            reader.names().forEach(name -> weights.put(name, reader.read(name)));
        }
        weights.put("adapter.up", Nd4j.ones(2));
        SafetensorsWriter.writeArrays(file, weights);
        List<String> expected = List.of(
                model
                        + ": text_encoder: model.safetensors: tensors that the network doesn't have are left out: 'adapter.up'",
                model + ": vae: keys that are not known here have no effect (they are kept): config.json: 'my_key'");
        Run info = Run.of("info", model);
        assertEquals(expected, info.err().stream().sorted().toList(), info.toString());
        Run drawn = sample(model, "--prompt", "a cat", "--steps", 1, "--out", folder.resolve("noted.png"));
        assertTrue(drawn.err().containsAll(expected), drawn.toString());
    }

    @Test
    void aPictureOfAPromptIsTheSameAloneAndAmongOthers() throws IOException {
        Run many =
                sample(MODEL, "--prompt", "a cat", "--steps", 2, "--images", 2, "--out", folder.resolve("two") + "/");
        assertEquals(0, many.exitCode(), many.toString());
        Run one = sample(MODEL, "--prompt", "a cat", "--steps", 2, "--seed", 1, "--out", folder.resolve("one") + "/");
        assertEquals(0, one.exitCode(), one.toString());
        assertArrayEquals(
                Files.readAllBytes(folder.resolve("two/00001.png")),
                Files.readAllBytes(folder.resolve("one/00000.png")));
    }

    @Test
    void itDrawsFromAPictureAndKeepsWhatTheMaskSays() throws IOException {
        Path image = picture("image.png", 37, 45);
        Path grid = folder.resolve("grid.png");
        Run run = sample(
                MODEL, "--prompt", "a cat", "--steps", 4, "--init-image", image, "--strength", 0.5, "--out", grid);
        assertEquals(0, run.exitCode(), run.toString());
        assertTrue(run.out().get(0).contains(" in 3 steps"), run.toString()); // pndm counts one twice
        BufferedImage drawn = ImageIO.read(grid.toFile());
        // The autoencoder has a latent for 2 pixels in each direction.
        assertEquals(List.of(36, 44), List.of(drawn.getWidth(), drawn.getHeight()));
        Run masked = sample(
                MODEL,
                "--prompt",
                "a cat",
                "--steps",
                4,
                "--sampler",
                "ddim",
                "--init-image",
                image,
                "--mask",
                picture("mask.png", 37, 45),
                "--out",
                grid);
        assertEquals(0, masked.exitCode(), masked.toString());
    }

    @Test
    void aControlNetLooksAtAPicture() throws IOException {
        Path model = GOLDENS.resolve("pipeline-controlnet-tiny");
        Path edges = picture("edges.png", 32, 32);
        Path[] files = {folder.resolve("weak.png"), folder.resolve("strong.png")};
        for (int i = 0; i < 2; i++) {
            Run run = sample(
                    model,
                    "--prompt",
                    "a cat",
                    "--steps",
                    2,
                    "--control",
                    "controlnet:" + edges,
                    "--control-scale",
                    i,
                    "--out",
                    files[i]);
            assertEquals(0, run.exitCode(), run.toString());
        }
        assertFalse(Arrays.equals(Files.readAllBytes(files[0]), Files.readAllBytes(files[1])));
    }

    @Test
    void badInputIsOneLineAndNothingIsWritten() throws IOException {
        Path image = picture("image.png", 32, 32);
        Path broken = Files.writeString(folder.resolve("broken.png"), "no picture");
        refuses("--prompt: expected a text, as the model draws by text, found none");
        refuses("--labels: expected a model with classes", "--prompt", "a", "--labels", "0");
        refuses("--strength: expected --init-image beside it, found none", "--prompt", "a", "--strength", 0.5);
        refuses(
                "--strength: expected a number above 0 and at most 1, found 1.5",
                "--prompt",
                "a",
                "--init-image",
                image,
                "--strength",
                1.5);
        refuses(
                "--mask: expected the init image's size 32x32, found 16x32",
                "--prompt",
                "a",
                "--init-image",
                image,
                "--mask",
                picture("mask.png", 16, 32));
        refuses(broken + ": expected a picture, found ", "--prompt", "a", "--init-image", broken);
        refuses(
                folder.resolve("none.png") + ": expected a picture, found nothing",
                "--prompt",
                "a",
                "--init-image",
                folder.resolve("none.png"));
        refuses(
                "control 'canny': expected none, as the model has no ControlNet",
                "--prompt",
                "a",
                "--control",
                "canny:" + image);
        refuses("--control: expected NAME:FILE, found 'canny'", "--prompt", "a", "--control", "canny");
        refuses(
                "--guidance-interval: expected FROM:TO such as 0.2:0.8, found '1'",
                "--prompt",
                "a",
                "--guidance-interval",
                "1");
    }

    @Test
    void aPromptNeedsAModelWithATextEncoder() {
        Path model = TinyModels.pipeline(folder.resolve("model"));
        Run run = sample(model, "--prompt", "a", "--out", folder.resolve("a.png"));
        assertEquals(2, run.exitCode());
        assertTrue(
                run.err().get(0).startsWith("--prompt: expected a model with a text encoder, found " + model),
                run.toString());
    }

    @Test
    void benchTimesANetworkOfWhichOnlyTheOptionsAreThere() throws IOException {
        Map<String, String> classes =
                Map.of("unet", "UNet2DConditionModel", "vae", "AutoencoderKL", "text_encoder", "CLIPTextModel");
        for (Map.Entry<String, String> each : classes.entrySet()) {
            Path options = Files.createDirectories(folder.resolve(each.getKey()));
            Files.copy(MODEL.resolve(each.getKey()).resolve("config.json"), options.resolve("config.json"));
            Run run = Run.of("bench", "--model", options, "--warm-up", 0, "--threads", 1, "--json");
            assertEquals(0, run.exitCode(), run.toString());
            JsonNode line = JsonMapper.builder().build().readTree(run.out().get(0));
            assertEquals(each.getValue(), line.get("component").textValue());
            assertTrue(line.get("gflop").doubleValue() > 0, run.toString());
            assertTrue(line.get("estimated_rss_mb").intValue() > 0, run.toString());
            Run variant = Run.of("bench", "--model", options, "--variant", "fp16");
            assertEquals(2, variant.exitCode(), variant.toString());
            assertTrue(
                    variant.err().get(0).startsWith("--variant: expected a folder with weights"), variant.toString());
            Run training = Run.of("bench", "--model", options, "--train");
            assertEquals(2, training.exitCode(), training.toString());
            assertTrue(
                    training.err()
                            .get(0)
                            .startsWith("--train: expected a U-Net that draws by classes or by none, found "
                                    + each.getValue()),
                    training.toString());
        }
    }

    @Test
    void benchAsksForAComponentOfAModelThatDrawsByText() {
        for (Object model : List.of(MODEL, "stable-diffusion-v1-5")) {
            Run run = Run.of("bench", "--model", model);
            assertEquals(2, run.exitCode(), run.toString());
            assertTrue(run.err().get(0).startsWith("--component: expected the name of a network"), run.toString());
        }
    }

    @Tag("slow")
    @Test
    void benchTimesAComponentAlsoOnSeveralNumbersOfThreads() {
        Run run = Run.of("bench", "--model", MODEL, "--component", "text_encoder", "--threads", "1,2", "--warm-up", 0);
        assertEquals(0, run.exitCode(), run.toString());
        assertTrue(run.out().get(0).startsWith(MODEL + ", batch 1 of text_encoder: forward"), run.toString());
        Run unknown = Run.of("bench", "--model", MODEL, "--component", "net", "--warm-up", 0);
        assertEquals(2, unknown.exitCode(), unknown.toString());
        assertTrue(unknown.err().get(0).startsWith("--component: expected one of "), unknown.toString());
    }

    @Test
    void infoListsTheComponents() {
        Run run = Run.of("info", MODEL);
        assertEquals(0, run.exitCode(), run.toString());
        String text = String.join("\n", run.out());
        for (String part :
                List.of("unet", "UNet2DConditionModel", "vae", "text_encoder", "tokenizer", "PNDMScheduler")) {
            assertTrue(text.contains(part), text);
        }
    }

    @Test
    void infoDrawsTheUNetOfAPipelineAndOneAlone() throws IOException {
        Path[] files = {folder.resolve("pipeline.svg"), folder.resolve("alone.svg")};
        Run run = Run.of("info", MODEL, "--draw", files[0]);
        assertEquals(0, run.exitCode(), run.toString());
        assertEquals(files[0] + ": the network drawn", run.out().get(run.out().size() - 1));
        Run alone = Run.of("info", MODEL.resolve("unet"), "--draw", files[1]);
        assertEquals(0, alone.exitCode(), alone.toString());
        assertTrue(alone.out().get(0).startsWith(MODEL.resolve("unet") + ": UNet2DConditionModel, "), alone.toString());
        assertTrue(Files.readString(files[0]).contains(">2 × (ResNet + transformer)<"));
        assertEquals(Files.readString(files[0]), Files.readString(files[1]));
    }

    @Test
    void infoDescribesAnAutoencoderButDoesNotDrawIt() {
        Path vae = MODEL.resolve("vae");
        Run run = Run.of("info", vae);
        assertEquals(0, run.exitCode(), run.toString());
        assertTrue(run.out().get(0).startsWith(vae + ": AutoencoderKL, "), run.toString());
        Path file = folder.resolve("vae.svg");
        Run drawn = Run.of("info", vae, "--draw", file);
        assertEquals(2, drawn.exitCode(), drawn.toString());
        assertEquals(1, drawn.err().size(), drawn.toString());
        assertTrue(
                drawn.err().get(0).startsWith("--draw: expected a U-Net, found AutoencoderKL in " + vae),
                drawn.toString());
        assertFalse(Files.exists(file));
    }
}
