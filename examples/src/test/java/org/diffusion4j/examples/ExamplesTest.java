package org.diffusion4j.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.diffusion4j.weights.DiffusersFolder;
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

    @Test
    void fineTuneOnYourPicturesLeavesAModelThatDraws() throws Exception {
        Path out = folder.resolve("fine-tuned");
        Path pictures = Path.of(ExamplesTest.class.getResource("pictures").toURI());
        String printed = printed(FineTuneOnYourPictures::main, pictures.toString(), out.toString(), "2");
        assertTrue(printed.contains("class_embedding.weight: made anew"), printed);
        assertTrue(printed.contains("step 2 of 2: loss "), printed);
        assertTrue(printed.contains("16 pictures learnt"), printed);
        assertEquals(
                List.of("crosses", "rings"),
                DiffusersFolder.read(out).settings().classNames());
        assertTrue(Files.exists(out.resolve("samples/step-00000002.png")));
    }

    @Test
    void trainFromScratchLeavesAModelThatDraws() throws Exception {
        Path out = folder.resolve("from-scratch");
        Path pictures = Path.of(ExamplesTest.class.getResource("pictures").toURI());
        String printed = printed(TrainFromScratch::main, pictures.toString(), out.toString(), "2");
        assertTrue(printed.contains("16 pictures learnt"), printed);
        assertEquals(3, DiffusersFolder.read(out).config().inChannels());
        assertTrue(Files.exists(out.resolve("samples/step-00000002.png")));
    }
}
