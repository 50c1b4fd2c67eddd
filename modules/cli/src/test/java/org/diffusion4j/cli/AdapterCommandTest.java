package org.diffusion4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.imageio.ImageIO;
import org.diffusion4j.hub.FolderHub;
import org.diffusion4j.weights.lora.LoraLayer;
import org.diffusion4j.weights.lora.LoraWriter;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.diffusion4j.weights.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import picocli.CommandLine.Model.CommandSpec;

class AdapterCommandTest {
    private static final Path GOLDENS = Path.of("../verify/src/test/resources/goldens");
    private static final Path MODEL = GOLDENS.resolve("pipeline-sd-tiny");

    @TempDir
    private Path folder;

    private static FileWithValue number(String given) {
        return FileWithValue.withNumber(CommandSpec.create(), "--lora", given);
    }

    private static FileWithValue word(String given) {
        return FileWithValue.withWord(CommandSpec.create(), "--embedding", given);
    }

    @Test
    void onlyWhatIsNoPartOfAPathStandsBehindTheLastColon() {
        assertEquals(new FileWithValue(Path.of("a.safetensors"), "-0.8"), number("a.safetensors:-0.8"));
        assertEquals(new FileWithValue(Path.of("C:\\a.safetensors"), ".5"), number("C:\\a.safetensors:.5"));
        assertNull(number("C:\\a.safetensors").value());
        assertNull(number("a:b.safetensors").value());
        assertEquals(new FileWithValue(Path.of("C:\\a.pt"), "<toy>"), word("C:\\a.pt:<toy>"));
        assertNull(word("C:\\a.pt").value());
        assertNull(word("C:/a.pt").value());
    }

    private Path adapter() {
        Path adapter = folder.resolve("adapter.safetensors");
        LoraLayer layer = new LoraLayer(
                "text_encoder",
                "text_model.encoder.layers.0.mlp.fc1",
                Tensor.of(Nd4j.ones(2, 16)),
                Tensor.of(Nd4j.ones(48, 2)),
                1);
        LoraWriter.writeKohya(adapter, List.of(layer));
        return adapter;
    }

    @Test
    void anAdapterAndItsScaleStandInThePicture() throws IOException {
        Run run = Run.of(
                "sample",
                "--model",
                MODEL,
                "--prompt",
                "a cat",
                "--steps",
                1,
                "--sampler",
                "euler",
                "--lora",
                adapter() + ":0.5",
                "--out",
                folder.resolve("cat") + "/");
        assertEquals(0, run.exitCode(), run.toString());
        String png = Files.readString(folder.resolve("cat/00000.png"), StandardCharsets.ISO_8859_1);
        assertTrue(png.contains("adapter.safetensors:0.5"));
    }

    @Test
    void exportMergesAdaptersIntoTheirLayersAlone() throws IOException {
        Path out = folder.resolve("merged");
        for (double scale : new double[] {0, 1}) {
            Run run = Run.of("export", "--model", MODEL, "--merge", "--lora", adapter() + ":" + scale, "--out", out);
            assertEquals(0, run.exitCode(), run.toString());
            assertEquals(-1, Files.mismatch(unet(MODEL), unet(out)));
            try (SafetensorsReader own = SafetensorsReader.open(encoder(MODEL));
                    SafetensorsReader merged = SafetensorsReader.open(encoder(out))) {
                for (String name : merged.names()) {
                    INDArray difference =
                            merged.tensor(name).floats().sub(own.tensor(name).floats());
                    // alpha / rank · (up·down) = 1 / 2 · 2
                    assertEquals(
                            name.endsWith("0.mlp.fc1.weight") ? scale : 0,
                            difference.maxNumber().doubleValue(),
                            1e-6);
                }
            }
        }
    }

    private static Path unet(Path model) {
        return model.resolve("unet/diffusion_pytorch_model.safetensors");
    }

    private static Path encoder(Path model) {
        return model.resolve("text_encoder/model.safetensors");
    }

    @Test
    void mergingNeedsAnAdapterAndAnAdapterNeedsMerging() {
        Path out = folder.resolve("merged");
        Run none = Run.of("export", "--model", MODEL, "--merge", "--out", out);
        assertTrue(none.err().get(0).startsWith("--merge: expected --lora beside it, found none"), none.toString());
        Run word = Run.of("export", "--model", MODEL, "--merge", "--lora", adapter() + ":much", "--out", out);
        assertTrue(
                word.err().get(0).startsWith("--lora: expected a number behind the colon, found 'much'"),
                word.toString());
        Run alone = Run.of("export", "--model", MODEL, "--format", "diffusers", "--lora", "a", "--out", out);
        assertTrue(alone.err().get(0).startsWith("--lora: expected --merge beside it, found none"), alone.toString());
    }

    @Test
    void anAdapterOfAnotherModelIsRefusedInALine() {
        Path out = folder.resolve("cat.png");
        Path adapter = GOLDENS.resolve("lora-unknown-module/other.safetensors");
        Run run = Run.of("sample", "--model", MODEL, "--prompt", "a cat", "--lora", adapter, "--out", out);
        assertEquals(2, run.exitCode(), run.toString());
        assertEquals(1, run.err().size(), run.toString());
        assertTrue(run.err().get(0).contains("lora_unet_down_blocks_"), run.toString());
        assertFalse(Files.exists(out));
    }

    @Test
    void infoDescribesAnAdapter() {
        Run run = Run.of("info", GOLDENS.resolve("lora-kohya-sd1/kohya.safetensors"));
        assertEquals(0, run.exitCode(), run.toString());
        String text = String.join("\n", run.out());
        assertTrue(text.contains("an adapter of 12 layers"), text);
        for (String part : List.of("kohya", "LoRA", "alphas", "text_encoder", "self_attn_out_proj", "attn1_to_k")) {
            assertTrue(text.contains(part), part + " in " + text);
        }
    }

    private Run drawnWith(String name, Object adapter) {
        return Run.of(
                "sample",
                "--model",
                MODEL,
                "--prompt",
                "a cat",
                "--steps",
                1,
                "--sampler",
                "euler",
                "--lora",
                adapter,
                "--out",
                folder.resolve(name) + "/");
    }

    private byte[] picture(String name) throws IOException {
        BufferedImage image = ImageIO.read(folder.resolve(name + "/00000.png").toFile());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int pixel : image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth())) {
            bytes.writeBytes(Integer.toString(pixel).getBytes(StandardCharsets.US_ASCII));
        }
        return bytes.toByteArray();
    }

    /** The same adapter as PEFT writes it, whose scale of 1 stands in a file of its own. */
    private Path peftFolder() throws IOException {
        Path peft = Files.createDirectories(folder.resolve("repository"));
        String layer = "base_model.model.text_model.encoder.layers.0.mlp.fc1.";
        SafetensorsWriter.writeArrays(
                peft.resolve("adapter_model.safetensors"),
                Map.of(layer + "lora_A.weight", Nd4j.ones(2, 16), layer + "lora_B.weight", Nd4j.ones(48, 2)));
        Files.writeString(
                peft.resolve("adapter_config.json"), "{\"peft_type\": \"LORA\", \"r\": 2, \"lora_alpha\": 1}");
        Files.writeString(peft.resolve("other.txt"), "which nobody needs");
        return peft;
    }

    @Test
    void peftsFolderAndANameOnTheHubDrawAsTheFileDoes() throws IOException {
        Path peft = peftFolder();
        assertEquals(0, drawnWith("file", adapter() + ":0.5").exitCode());
        Run opened = drawnWith("opened", peft + ":0.5");
        assertEquals(0, opened.exitCode(), opened.toString());
        assertArrayEquals(picture("file"), picture("opened"));
        assertTrue(Run.of("info", peft).out().contains("adapter"));
        List<String> properties = List.of("HF_ENDPOINT", "HF_HUB_CACHE");
        try (FolderHub hub = new FolderHub("someone/adapter", peft)) {
            System.setProperty("HF_ENDPOINT", hub.endpoint().toString());
            System.setProperty("HF_HUB_CACHE", folder.resolve("cache").toString());
            Run fetched = drawnWith("fetched", "hf:someone/adapter:0.5");
            assertEquals(0, fetched.exitCode(), fetched.toString());
            assertArrayEquals(picture("file"), picture("fetched"));
            assertEquals(Set.of("adapter_model.safetensors", "adapter_config.json"), Set.copyOf(hub.fetched()));
            Run named = drawnWith("named", "hf:someone/adapter/adapter_model.safetensors@main:0.5");
            assertEquals(0, named.exitCode(), named.toString());
            assertArrayEquals(picture("file"), picture("named"));
            Run missing = drawnWith("missing", "hf:someone/adapter/none.safetensors");
            assertEquals(2, missing.exitCode(), missing.toString());
            assertTrue(missing.err().get(missing.err().size() - 1).contains("none.safetensors"), missing.toString());
            Run malformed = drawnWith("malformed", "hf:someone");
            assertEquals(2, malformed.exitCode(), malformed.toString());
            assertEquals(
                    List.of("lora: expected hf:owner/name[/file][@revision], found 'hf:someone'"), malformed.err());
        } finally {
            properties.forEach(System::clearProperty);
        }
    }
}
