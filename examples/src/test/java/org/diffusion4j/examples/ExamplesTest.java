package org.diffusion4j.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExamplesTest {
    @TempDir
    Path folder;

    private interface Example {
        void run(String... arguments) throws Exception;
    }

    private static String printed(Example example, String... arguments) throws Exception {
        PrintStream console = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            example.run(arguments);
        } finally {
            System.setOut(console);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void sampleFromZooDrawsARowForEachDigit() throws Exception {
        Path file = folder.resolve("digits.png");
        assertTrue(printed(SampleFromZoo::main, file.toString(), "10").startsWith("10 digits in "));
        assertEquals(10 * 28, ImageIO.read(file.toFile()).getHeight());
    }

    @Test
    void defineYourOwnUNetPredictsNoiseOfTheSamplesShape() throws Exception {
        assertTrue(printed(DefineYourOwnUNet::main).contains("predicted noise of shape [2, 3, 16, 16]"));
    }

    @Test
    void plainSameDiffComesBackEqual() throws Exception {
        String file = folder.resolve("unet.fb").toString();
        assertTrue(printed(PlainSameDiff::main, file).contains("reopened, it differs by 0.0e+00"));
    }

    @Test
    void plainComputationGraphComesBackEqual() throws Exception {
        String file = folder.resolve("graph.zip").toString();
        assertTrue(printed(PlainComputationGraph::main, file).contains("reopened, it differs by 0.0e+00"));
    }
}
