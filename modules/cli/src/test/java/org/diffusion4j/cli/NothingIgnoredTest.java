package org.diffusion4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What is asked for and can't be had is refused, not passed over. */
class NothingIgnoredTest {
    @TempDir
    private Path folder;

    private Path model;

    @BeforeEach
    void writeModel() {
        model = TinyModels.pipeline(folder.resolve("model"));
    }

    private static void assertRefused(String expected, Run run) {
        assertEquals(2, run.exitCode(), run.toString());
        assertEquals(1, run.err().size(), run.toString());
        assertTrue(run.err().get(0).contains(expected), run.toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--eta 0.5|eta: expected none, as DDPMScheduler has no such option (it has",
                "--clipped-epsilon|use_clipped_model_output: expected none, as DDPMScheduler has no such option (it has",
            })
    void ddpmRefusesDdimsOptions(String option, String expected) {
        Path out = folder.resolve("grid.png");
        String command = String.format(
                Locale.ROOT, "sample --model %s --labels 0 --sampler ddpm --steps 2 --out %s %s", model, out, option);
        assertRefused(expected, Run.of((Object[]) command.split(" ")));
        assertTrue(Files.notExists(out));
    }

    @Test
    void ddpmTakesDdimsDefaults() {
        Path out = folder.resolve("grid.png");
        String command = String.format(
                Locale.ROOT,
                "sample --model %s --labels 0 --sampler ddpm --steps 2 --eta 0 --no-clipped-epsilon --out %s",
                model,
                out);
        assertEquals(0, Run.of((Object[]) command.split(" ")).exitCode());
    }

    @Test
    void bf16IsNotPassedOver() {
        assertRefused(
                "precision: expected fp32 or auto, as SameDiff runs this network, found bf16",
                Run.of("bench", "--model", model, "--train", "--engine", "samediff", "--precision", "bf16"));
        assertRefused(
                "precision: expected fp32 or auto, as SameDiff runs this network, found bf16",
                Run.of("bench", "--model", model, "--engine", "samediff", "--precision", "bf16"));
        assertRefused(
                "--precision: expected auto, fp32 or bf16, found 'fp16'",
                Run.of("bench", "--model", model, "--precision", "fp16"));
    }

    @Test
    void anEmptyPathIsNotTheWorkingFolder() {
        assertRefused("--out: expected a path", Run.of("sample", "--model", model, "--labels", "0", "--out", ""));
    }

    @Test
    void predictRefusesWrongTypes() {
        INDArray sample = Nd4j.zeros(DataType.FLOAT, 2, 3, 8, 8);
        INDArray labels = Nd4j.createFromArray(0L, 1L);
        assertRefused("'sample': expected F32", predict(sample.castTo(DataType.INT64), labels));
        assertRefused("'class_labels': expected I64", predict(sample, Nd4j.createFromArray(0.5f, 1f)));
    }

    private Run predict(INDArray sample, INDArray labels) {
        Path in = folder.resolve("in.safetensors");
        SafetensorsWriter.writeArrays(
                in, Map.of("sample", sample, "timestep", Nd4j.createFromArray(5L, 5L), "class_labels", labels));
        return Run.of("predict", "--model", model, "--in", in, "--out", folder.resolve("out.safetensors"));
    }
}
