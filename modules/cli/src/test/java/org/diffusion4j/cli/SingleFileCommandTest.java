package org.diffusion4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class SingleFileCommandTest {
    private static final Path MODEL = Path.of("../verify/src/test/resources/goldens/pipeline-sd-tiny");

    @TempDir
    private Path folder;

    private Path single() {
        Path file = folder.resolve("tiny.safetensors");
        Run run = Run.of("export", "--model", MODEL, "--format", "single-file", "--out", file);
        assertEquals(0, run.exitCode(), run.toString());
        assertTrue(run.out().get(0).startsWith(file + ": single-file, "), run.toString());
        return file;
    }

    private byte[] picture(String name, Object... model) throws IOException {
        Path out = folder.resolve(name);
        Object[] all = new Object[model.length + 7];
        all[0] = "sample";
        System.arraycopy(model, 0, all, 1, model.length);
        System.arraycopy(new Object[] {"--prompt", "a cat", "--steps", 2, "--out", out}, 0, all, model.length + 1, 6);
        Run run = Run.of(all);
        assertEquals(0, run.exitCode(), run.toString());
        return Files.readAllBytes(out);
    }

    @Test
    void aSingleFileDrawsWhatItsFolderDraws() throws IOException {
        Path file = single();
        byte[] expected = picture("a.png", "--model", MODEL);
        assertArrayEquals(expected, picture("b.png", "--model", file, "--config", MODEL));
        Path back = folder.resolve("back");
        Run export = Run.of("export", "--model", file, "--config", MODEL, "--format", "diffusers", "--out", back);
        assertEquals(0, export.exitCode(), export.toString());
        assertArrayEquals(expected, picture("c.png", "--model", back));
        Run bench =
                Run.of("bench", "--model", file, "--config", MODEL, "--component", "vae", "--batch", 1, "--threads", 1);
        assertEquals(0, bench.exitCode(), bench.toString());
    }

    @Test
    void infoDescribesWhatIsInIt() {
        Run info = Run.of("info", single(), "--config", MODEL);
        assertEquals(0, info.exitCode(), info.toString());
        assertTrue(info.out().get(0).endsWith(": StableDiffusionPipeline"), info.toString());
        assertEquals(Run.of("info", MODEL).out().subList(1, 7), info.out().subList(1, 7));
    }

    @Test
    void whatCannotBeIsRefused() {
        Path adapter = folder.resolve("adapter.safetensors");
        String name = "lora_unet_mid_block_attentions_0_proj_in.lora_down.weight";
        SafetensorsWriter.writeArrays(adapter, Map.of(name, Nd4j.zeros(DataType.FLOAT, 2, 2)));
        refused(
                "expected a checkpoint of Stable Diffusion 1, 2 or XL, found an adapter (LoRA)",
                "bench",
                "--model",
                adapter,
                "--component",
                "vae");
        refused("--ema: expected a model that is a single file", "info", MODEL, "--ema");
        refused(
                "--prediction: expected a model that is a single file",
                "sample",
                "--model",
                "ddpm-mnist",
                "--prediction",
                "epsilon",
                "--out",
                folder.resolve("a.png"));
        refused("expected averaged weights", "info", single(), "--config", MODEL, "--ema");
        refused(
                "expected diffusers or single-file",
                "export",
                "--model",
                MODEL,
                "--format",
                "onnx",
                "--out",
                folder.resolve("a.onnx"));
        refused(
                "expected a model that draws by text",
                "export",
                "--model",
                TinyModels.pipeline(folder.resolve("classes")),
                "--format",
                "single-file",
                "--out",
                folder.resolve("a.safetensors"));
    }

    private static void refused(String expected, Object... command) {
        Run run = Run.of(command);
        assertEquals(2, run.exitCode(), run.toString());
        assertTrue(run.err().get(run.err().size() - 1).contains(expected), run.toString());
    }
}
