package org.diffusion4j.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a program says in a JVM with and without the vector module. */
class BestKernelsTest {
    /** Asks for the kernels twice and prints whether they are vectors. */
    public static final class Program {
        private Program() {}

        public static void main(String[] arguments) {
            Kernels.best();
            System.out.println(Kernels.best().areVectors());
        }
    }

    @Test
    void aProgramWithoutTheModuleIsToldSoOnce() throws Exception {
        assertEquals(
                List.of(
                        "diffusion4j: networks take up to 2.4 times as long as they need, as the vector module isn't"
                                + " there: start java with --add-modules jdk.incubator.vector",
                        "false"),
                run());
    }

    @Test
    void aProgramWithTheModuleIsToldNothing() throws Exception {
        List<String> lines = new ArrayList<>(run("--add-modules", "jdk.incubator.vector"));
        lines.removeIf(line -> line.startsWith("WARNING: Using incubator modules"));
        assertEquals(List.of("true"), lines);
    }

    private static List<String> run(String... options) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(Arrays.asList(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Program.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), printed);
        return printed.lines().toList();
    }
}
