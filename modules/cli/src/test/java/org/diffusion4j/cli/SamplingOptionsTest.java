package org.diffusion4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which sampler draws, by the command line. */
class SamplingOptionsTest {
    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void writeModel() {
        model = TinyModels.pipeline(folder.resolve("model"));
    }

    private int[] drawn(String options) throws IOException {
        Path out = folder.resolve("out");
        Object[] command = Stream.concat(
                        Stream.of("sample", "--model", model, "--out", out + "/", "--labels", "0", "--seed", "3"),
                        Arrays.stream(options.split(" ")))
                .toArray();
        Run run = Run.of(command);
        assertEquals(0, run.exitCode(), run.toString());
        BufferedImage picture = ImageIO.read(out.resolve("00000-label0.png").toFile());
        return picture.getRaster().getPixels(0, 0, picture.getWidth(), picture.getHeight(), (int[]) null);
    }

    @ParameterizedTest
    @EnumSource
    void everySamplerDraws(SchedulerKind kind) throws IOException {
        assertTrue(drawn("--steps 5 --sampler " + kind.word()).length > 0);
    }

    @Test
    void aShortOptionIsDiffusersOption() throws IOException {
        int[] karras = drawn("--steps 4 --sampler unipc --schedule karras");
        assertFalse(Arrays.equals(drawn("--steps 4 --sampler unipc"), karras));
        assertArrayEquals(karras, drawn("--steps 4 --sampler unipc --sampler-option use_karras_sigmas=true"));
        assertArrayEquals(
                drawn("--steps 4 --sampler ddim --eta 0.5 --spacing trailing"),
                drawn("--steps 4 --sampler ddim --sampler-option eta=0.5 --sampler-option timestep_spacing=trailing"));
    }
}
