package org.diffusion4j.zoo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.diffusion4j.engine.EngineKind;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the compiled engine can't run or isn't wanted all works as before, and one line says so. */
class EngineAbsentTest {
    private static final String ANSWER = "(pictures|gradients) .*";

    private static double pictures;
    private static double gradients;

    @TempDir
    Path folder;

    @BeforeAll
    static void computeHere() {
        pictures = DrawAndTrain.pictures(EngineKind.SAMEDIFF);
        gradients = DrawAndTrain.gradients(EngineKind.SAMEDIFF);
    }

    @Test
    void worksWithoutTheNatives() throws Exception {
        List<String> lines = run(entry -> !entry.matches(".*dnnl-[^/\\\\]*(linux|windows|macosx)[^/\\\\]*\\.jar"));
        assertOneLine(
                lines, "diffusion4j:", "SameDiff runs this network, several times slower, as oneDNN can't be loaded");
    }

    @Test
    void worksWithoutTheLibrary() throws Exception {
        List<String> lines = run(entry -> !entry.matches(".*[/\\\\]dnnl-[^/\\\\]*\\.jar"));
        assertOneLine(
                lines, "diffusion4j:", "SameDiff runs this network, several times slower, as oneDNN can't be loaded");
    }

    /** Nobody gets another engine than the one that he asked for. */
    @Test
    void oneLineSaysWhatIsMissingWhereTheEngineIsAskedFor() throws Exception {
        for (String jar : List.of("dnnl-[^/\\\\]*", "dnnl-[^/\\\\]*(linux|windows|macosx)[^/\\\\]*")) {
            List<String> lines = run(
                            1,
                            entry -> !entry.matches(".*[/\\\\]" + jar + "\\.jar"),
                            "-D" + EngineKind.PROPERTY + "=onednn")
                    .lines()
                    .filter(line -> line.startsWith("Exception"))
                    .toList();
            assertEquals(1, lines.size(), lines.toString());
            String expected =
                    "Diffusion4jException: engine: expected oneDNN's natives for --engine onednn, found java.lang.";
            assertTrue(lines.get(0).contains(expected), lines.get(0));
        }
    }

    @Tag("slow")
    @Test
    void worksWhereAPropertyNamesTheReference() throws Exception {
        List<String> lines = run(entry -> true, "-D" + EngineKind.PROPERTY + "=samediff");
        assertOneLine(lines, "INFO", EngineKind.PROPERTY + "=samediff");
    }

    @Tag("slow")
    @Test
    void saysNothingWhereTheEngineIsThere() throws Exception {
        assertEquals(List.of(), run(entry -> true, "--add-modules=jdk.incubator.vector"));
    }

    private static void assertOneLine(List<String> lines, String start, String message) {
        assertEquals(1, lines.size(), lines.toString());
        assertTrue(lines.get(0).startsWith(start) && lines.get(0).contains(message), lines.get(0));
    }

    /** Runs {@link DrawAndTrain} on part of the class path, checks its answers, and gives what else it printed. */
    private List<String> run(Predicate<String> classPath, String... options) throws Exception {
        String printed = run(0, classPath, options);
        assertNear(pictures, number(printed, "pictures "));
        assertNear(gradients, number(printed, "gradients "));
        // The JVM's own line, and those of SameDiff, which has no logger for them.
        return printed.lines()
                .filter(line -> !line.matches(ANSWER)
                        && !line.startsWith("WARNING: Using incubator modules")
                        && !line.startsWith("Added differentiated op"))
                .toList();
    }

    private String run(int exitCode, Predicate<String> classPath, String... options) throws Exception {
        Path logging = Files.writeString(
                folder.resolve("logback.xml"),
                """
                <configuration>
                  <appender name="stderr" class="ch.qos.logback.core.ConsoleAppender">
                    <target>System.err</target>
                    <encoder><pattern>%-5level %logger{0}: %msg%n</pattern></encoder>
                  </appender>
                  <logger name="org.diffusion4j" level="DEBUG" />
                  <logger name="org.nd4j" level="ERROR" />
                  <root level="WARN"><appender-ref ref="stderr" /></root>
                </configuration>
                """);
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-XX:TieredStopAtLevel=1",
                "-Dlogback.configurationFile=" + logging,
                "-cp",
                Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                        .filter(classPath)
                        .collect(Collectors.joining(File.pathSeparator))));
        command.addAll(List.of(options));
        command.add(DrawAndTrain.class.getName());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(exitCode, process.waitFor(), printed);
        return printed;
    }

    private static void assertNear(double expected, double found) {
        assertEquals(expected, found, 1e-3 * Math.abs(expected));
    }

    private static double number(String printed, String word) {
        return printed.lines()
                .filter(line -> line.startsWith(word))
                .mapToDouble(line -> Double.parseDouble(line.substring(word.length())))
                .findFirst()
                .orElseThrow(() -> new AssertionError(printed));
    }
}
