package org.diffusion4j.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManyStepsTest {
    @ParameterizedTest
    @CsvSource({"onednn, 1000, 10000", "samediff, 500, 1200"}) // the reference takes a hundred times as long
    @Tag("slow")
    void staysFlatOverManySteps(String engine, String first, String last) throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/self/status")), "resident memory is read from /proc");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xms300m",
                        "-Xmx300m",
                        "-XX:+AlwaysPreTouch",
                        "-XX:+IgnoreUnrecognizedVMOptions",
                        // What Java's compiler has freed goes back to the system, as with the launcher.
                        "-XX:TrimNativeHeapInterval=1000",
                        "--add-modules",
                        "jdk.incubator.vector",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ManySteps.class.getName(),
                        engine,
                        first,
                        last)
                .redirectErrorStream(true)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), printed);
        List<Long> resident = printed.lines()
                .filter(line -> line.startsWith("resident "))
                .map(line -> Long.parseLong(line.substring("resident ".length())))
                .toList();
        long growth = resident.get(1) - resident.get(0);
        assertTrue(growth <= 5_000, "kB resident at the first and the last: " + resident);
    }
}
