package org.diffusion4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.diffusers.ModelSettings;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which classes a command line draws, and what it says of them. */
class SampleLabelsTest {
    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void writeModel() {
        model = TinyModels.pipeline(folder.resolve("model"));
    }

    private void name(String... names) {
        DiffusersModel read = DiffusersFolder.read(model);
        ModelSettings before = read.settings();
        DiffusersFolder.write(
                model, read.withSettings(new ModelSettings(List.of(names), before.nullClass(), before.sampling())));
    }

    private List<String> drawn(String... options) throws IOException {
        Path out = folder.resolve("out");
        Object[] arguments = Stream.concat(
                        Stream.of("sample", "--model", model, "--out", out + "/"), Stream.of((Object[]) options))
                .toArray();
        Run run = Run.of(arguments);
        assertEquals(0, run.exitCode(), run.toString());
        try (Stream<Path> files = Files.list(out)) {
            List<String> names =
                    files.map(file -> file.getFileName().toString()).sorted().toList();
            for (String file : names) {
                Files.delete(out.resolve(file));
            }
            return names;
        }
    }

    @Test
    void withoutLabelsAllClassesAreDrawnAndThatIsSaid() throws IOException {
        assertEquals(
                List.of("00000-label0.png", "00001-label0.png", "00002-label1.png", "00003-label2.png"),
                drawn("--images", "4"));
        assertEquals(List.of("00000-label0.png", "00001-label1.png"), drawn("--images", "2"));
        Run run = Run.of("sample", "--model", model, "--images", 5, "--out", folder.resolve("a.png"));
        assertEquals(
                "--labels: none given; 5 images are spread over all 3 classes",
                run.err().get(0));
        Run few = Run.of("sample", "--model", model, "--images", 2, "--out", folder.resolve("a.png"));
        assertEquals(
                "--labels: none given; 2 images are spread over the first 2 of 3 classes",
                few.err().get(0));
    }

    @Test
    void noneDrawsWithoutAClass() throws IOException {
        assertEquals(List.of("00000.png"), drawn("--images", "1", "--labels", "none"));
    }

    @Test
    void numbersAreNamesWhereClassesAreNamedByThem() throws IOException {
        name("1", "10", "2");
        assertEquals(List.of("00000-label2.png"), drawn("--images", "1", "--labels", "2"));
        assertEquals(List.of("00000-label0.png", "00001-label2.png"), drawn("--images", "2", "--labels", "1-2"));
        name("1.0", "10.0", "2.0");
        assertEquals(List.of("00000-label2.png"), drawn("--images", "1", "--labels", "2"));
        Run run = Run.of("sample", "--model", model, "--labels", "0", "--out", folder.resolve("a.png"));
        assertEquals(2, run.exitCode());
        assertTrue(run.err().get(0).startsWith("--labels: expected names of classes (1.0, 10.0, 2.0)"), run.toString());
    }

    @Test
    void aKeyThatMeansNothingIsSaidOnce() throws IOException {
        Path config = model.resolve("unet/config.json");
        Files.writeString(config, Files.readString(config).replaceFirst("\\{", "{\"foo\": 1,"));
        for (List<String> command : List.of(
                List.of("sample", "--model", model.toString(), "--images", "1", "--out", folder.resolve("a.png") + ""),
                List.of("info", model.toString()))) {
            Run run = Run.of(command.toArray());
            assertEquals(0, run.exitCode(), run.toString());
            assertEquals(
                    1, run.err().stream().filter(line -> line.contains("'foo'")).count(), run.toString());
        }
    }

    @Test
    void numbersThatNoMachineHoldsAreRefusedInOneLine() {
        for (List<String> options : List.of(
                List.of("--images", "2147483647"),
                List.of("--images", "1000001", "--labels", "0-2"),
                List.of("--threads", "20000"),
                List.of("--threads", "2147483647"),
                List.of("--steps", "2147483647"))) {
            Object[] arguments = Stream.concat(
                            Stream.of("sample", "--model", model, "--out", folder.resolve("a.png")), options.stream())
                    .toArray();
            Run run = Run.of(arguments);
            assertEquals(2, run.exitCode(), run.toString());
            String line = run.err().get(run.err().size() - 1);
            assertTrue(line.contains("expected") && line.length() < 500, run.toString());
        }
    }
}
