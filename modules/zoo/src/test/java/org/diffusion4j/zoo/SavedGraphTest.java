package org.diffusion4j.zoo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.diffusion4j.engine.SameDiffEngine;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import plain.PlainNd4j;

class SavedGraphTest {
    @TempDir
    Path folder;

    @Tag("slow")
    @Test
    void opensRunsAndTrainsWhereOnlyNd4jIs() throws Exception {
        SameDiff unet = new DdpmMnist().unet();
        File graph = folder.resolve("unet.fb").toFile();
        unet.save(graph, true);
        INDArray output;
        try (SameDiffEngine engine = new SameDiffEngine(unet)) {
            output = engine.predict(
                    Nd4j.linspace(-1, 1, 2 * 28 * 28).castTo(DataType.FLOAT).reshape(2, 1, 28, 28),
                    Nd4j.createFromArray(20f, 700f),
                    Map.of("class_labels", Nd4j.createFromArray(4L, 10L)));
        }
        File expected = folder.resolve("expected.bin").toFile();
        Nd4j.saveBinary(output, expected);

        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx1g",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        classPathWithoutUs(),
                        PlainNd4j.class.getName(),
                        graph.toString(),
                        expected.toString())
                .redirectErrorStream(true)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), printed);
        assertTrue(number(printed, "difference ") <= 1e-5, printed);
        assertTrue(number(printed, "after ") < 0.9 * number(printed, "before "), printed);
    }

    private static double number(String printed, String word) {
        List<String> lines =
                printed.lines().filter(line -> line.startsWith(word)).toList();
        assertEquals(1, lines.size(), printed);
        return Double.parseDouble(lines.get(0).substring(word.length()));
    }

    /** The jars of others, and this test's own classes for {@link PlainNd4j}. */
    private static String classPathWithoutUs() {
        String tests = Path.of("target", "test-classes").toAbsolutePath().toString();
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.contains("diffusion4j-") && !entry.endsWith("classes"))
                .filter(entry -> entry.endsWith(".jar"))
                .collect(Collectors.joining(File.pathSeparator, tests + File.pathSeparator, ""));
    }
}
