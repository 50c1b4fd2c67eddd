package org.diffusion4j.examples;

import static org.diffusion4j.examples.RunExample.height;
import static org.diffusion4j.examples.RunExample.printed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExamplesTest {
    @TempDir
    Path folder;

    @Test
    void sampleFromZooDrawsARowForEachDigit() throws Exception {
        Path file = folder.resolve("digits.png");
        assertTrue(printed(SampleFromZoo::main, file.toString(), "10").contains("10 digits in " + file));
        assertEquals(3 * 10 * 28, height(file));
    }

    @Test
    void defineYourOwnUNetPredictsNoiseOfTheSamplesShapeAndDrawsTheNetwork() throws Exception {
        Path file = folder.resolve("own-unet.svg");
        String printed = printed(DefineYourOwnUNet::main, file.toString());
        assertTrue(printed.contains("predicted noise of shape [2, 3, 16, 16]"), printed);
        assertTrue(Files.readString(file).contains("<svg "));
    }

    @Test
    void plainSameDiffComesBackEqualInPlaceOfWhatAnEarlierRunLeft() throws Exception {
        Path file = Files.writeString(folder.resolve("unet.fb"), "an earlier run's");
        String printed = printed(PlainSameDiff::main, file.toString());
        assertTrue(printed.contains("reopened, it differs by 0.0e+00"), printed);
        assertFalse(printed.contains("differentiated"), printed);
    }

    @Test
    void plainComputationGraphComesBackEqualInPlaceOfWhatAnEarlierRunLeft() throws Exception {
        Path file = Files.writeString(folder.resolve("graph.zip"), "an earlier run's");
        String printed = printed(PlainComputationGraph::main, file.toString());
        assertTrue(printed.contains("reopened, it differs by 0.0e+00"), printed);
        assertFalse(printed.contains("differentiated"), printed);
    }

    @Test
    void fineTuneOnYourPicturesLeavesAModelThatDrawsAndKeepsAnEarlierRuns() throws Exception {
        Path earlier = Files.createDirectory(folder.resolve("fine-tuned"));
        Path out = folder.resolve("fine-tuned-2");
        Path pictures = Path.of(ExamplesTest.class.getResource("pictures").toURI());
        String printed = printed(FineTuneOnYourPictures::main, pictures.toString(), earlier.toString(), "1");
        assertTrue(printed.startsWith("training in " + out), printed);
        assertTrue(printed.contains("class_embedding.weight: made anew"), printed);
        assertTrue(printed.contains("step 1 of 1: loss "), printed);
        assertFalse(printed.contains("differentiated"), printed);
        assertTrue(printed.contains("16 pictures learnt"), printed);
        assertEquals(
                List.of("crosses", "rings"),
                DiffusersFolder.read(out).settings().classNames());
        assertEquals(2 * 4 * 28, height(out.resolve("drawn.png")));
        assertEquals(0, earlier.toFile().list().length);
    }

    @Test
    void trainFromScratchLeavesAModelThatDrawsAndKeepsAnEarlierRuns() throws Exception {
        Path earlier = Files.createDirectory(folder.resolve("from-scratch"));
        Path out = folder.resolve("from-scratch-2");
        Path pictures = Path.of(ExamplesTest.class.getResource("pictures").toURI());
        String printed = printed(TrainFromScratch::main, pictures.toString(), earlier.toString(), "1");
        assertTrue(printed.startsWith("training in " + out), printed);
        assertTrue(printed.contains("16 pictures learnt"), printed);
        assertEquals(3, DiffusersFolder.read(out).config().inChannels());
        assertEquals(2 * 8 * 16, height(out.resolve("drawn.png")));
        assertEquals(0, earlier.toFile().list().length);
    }

    /** The pictures that come with the examples are white lines on black; noise is mostly neither. */
    @Test
    @Tag("slow")
    void whatTrainingEndsInIsNotNoise() throws Exception {
        String pictures =
                Path.of(ExamplesTest.class.getResource("pictures").toURI()).toString();
        Path fineTuned = folder.resolve("fine-tuned");
        printed(FineTuneOnYourPictures::main, pictures, fineTuned.toString());
        assertTrue(dark(fineTuned.resolve("drawn.png")) > 0.6, "fine-tuned: " + dark(fineTuned.resolve("drawn.png")));
        Path scratch = folder.resolve("from-scratch");
        printed(TrainFromScratch::main, pictures, scratch.toString());
        assertTrue(dark(scratch.resolve("drawn.png")) > 0.6, "from scratch: " + dark(scratch.resolve("drawn.png")));
    }

    /** The share of pixels whose brightest channel is in the lower quarter. */
    private static double dark(Path file) throws Exception {
        BufferedImage picture = ImageIO.read(file.toFile());
        long dark = 0;
        for (int y = 0; y < picture.getHeight(); y++) {
            for (int x = 0; x < picture.getWidth(); x++) {
                int rgb = picture.getRGB(x, y);
                dark += Math.max(rgb >> 16 & 255, Math.max(rgb >> 8 & 255, rgb & 255)) < 64 ? 1 : 0;
            }
        }
        return dark / (double) (picture.getWidth() * picture.getHeight());
    }

    @Test
    @Tag("slow")
    void aNetworkLearnsToDrawInFourSteps() throws Exception {
        Path pictures =
                Path.of(FineTuneOnYourPictures.class.getResource("pictures").toURI());
        Path out = folder.resolve("fast");
        String printed = printed(DistillToFourSteps::main, pictures.toString(), out.toString(), "2");
        assertTrue(printed.contains("in 4 steps the teacher, then its student"), printed);
        assertEquals(4, DiffusersFolder.read(out).settings().sampling().steps());
    }
}
