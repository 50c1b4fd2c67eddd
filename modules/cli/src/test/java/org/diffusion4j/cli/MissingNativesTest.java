package org.diffusion4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the JVM throws as an error, which is no exception, is one line and an exit code all the same. */
class MissingNativesTest {
    @TempDir
    private Path folder;

    private Path model;

    @BeforeEach
    void writeModel() throws Exception {
        model = TinyModels.pipeline(folder.resolve("model"));
    }

    @Test
    void withoutNd4jsNativesACommandFailsInOneLine() throws Exception {
        List<String> lines = run(1, "nd4j-native", "bench", "--model", model);
        assertEquals(1, lines.size(), lines.toString());
        assertTrue(lines.get(0).matches("error: java\\.lang\\.\\w+Error.* \\(--verbose prints more\\)"), lines.get(0));
    }

    @Test
    void withoutOneDnnsNativesItsEngineIsRefused() throws Exception {
        List<String> lines = run(2, "dnnl", "bench", "--model", model, "--engine", "onednn");
        assertEquals(1, lines.size(), lines.toString());
        String expected = "engine: expected oneDNN's natives for --engine onednn, found java.lang.";
        assertTrue(lines.get(0).startsWith(expected), lines.get(0));
    }

    /** Runs a command where a library's natives are left out, checks its exit code, and gives what it printed. */
    private static List<String> run(int exitCode, String library, Object... arguments) throws Exception {
        String natives = ".*[/\\\\]" + library + "-[^/\\\\]*(linux|windows|macosx)[^/\\\\]*\\.jar";
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "-cp",
                Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                        .filter(entry -> !entry.matches(natives))
                        .collect(Collectors.joining(File.pathSeparator)),
                Main.class.getName()));
        Arrays.stream(arguments).map(Object::toString).forEach(command::add);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(exitCode, process.waitFor(), printed);
        return printed.lines()
                .filter(line -> !line.startsWith("WARNING: Using incubator modules"))
                .toList();
    }
}
