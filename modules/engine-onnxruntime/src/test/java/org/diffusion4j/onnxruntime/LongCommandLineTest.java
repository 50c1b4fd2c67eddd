package org.diffusion4j.onnxruntime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** ONNX Runtime 1.29 ends a process with a long command line, unless it is loaded on a large stack. */
class LongCommandLineTest {
    @Test
    void aLongClassPathOnTheCommandLineIsNoMatter() throws IOException, InterruptedException {
        ProcessBuilder java = new ProcessBuilder(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Load.class.getName(),
                "x".repeat(20_000)));
        java.environment().remove("ORT_DISABLE_TELEMETRY");
        Process process = java.redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
    }

    /** The main class of the other JVM. */
    static final class Load {
        private Load() {}

        public static void main(String[] arguments) {
            OnnxRuntimeLibrary.environment();
        }
    }
}
