package org.diffusion4j.examples;

import static org.diffusion4j.examples.RunExample.height;
import static org.diffusion4j.examples.RunExample.printed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples with texts; apart from the others, so that a second process runs them meanwhile. */
class TextExamplesTest {
    @TempDir
    Path folder;

    @Test
    void textToImageDrawsTwoPicturesWithAModelThatItMakes() throws Exception {
        Path file = folder.resolve("text.png");
        String printed = printed(TextToImage::main, file.toString());
        assertTrue(
                printed.contains("a tiny Stable Diffusion is in " + folder.resolve("tiny-stable-diffusion")), printed);
        assertTrue(printed.contains("2 pictures of 'a lighthouse"), printed);
        assertEquals(64, height(file));
    }

    @Test
    void imageToImageAndInpaintDrawFromAPictureWithAGivenModel() throws Exception {
        Path model = folder.resolve("model");
        printed(TinyStableDiffusion::main, model.toString());
        Path cross = Path.of(
                TextExamplesTest.class.getResource("pictures/crosses/2.png").toURI());
        Path file = folder.resolve("image.png");
        String printed = printed(ImageToImage::main, file.toString(), model.toString(), "a star", cross.toString());
        assertEquals("2.png as 'a star' in " + file + ", 70 % anew" + System.lineSeparator(), printed);
        assertEquals(64, height(file));
        Path filled = folder.resolve("filled.png");
        printed = printed(Inpaint::main, filled.toString(), model.toString(), "a star", cross.toString());
        assertEquals("a part of 2.png as 'a star' in " + filled + System.lineSeparator(), printed);
        assertEquals(64, height(filled));
    }

    @Test
    void controlNetDrawsWithAModelThatItMakes() throws Exception {
        Path file = folder.resolve("control.png");
        String printed = printed(ControlNet::main, file.toString());
        assertTrue(printed.contains("'a windmill' along the edges of 1.png in " + file), printed);
        assertEquals(64, height(file));
    }

    @Test
    void aModelOfTextsIsTrainedAndAnAdapterBesideIt() throws Exception {
        Path out = folder.resolve("texts");
        assertTrue(printed(TrainTextToImage::main, out.toString(), "2").contains("it has never seen a blue circle"));
        assertEquals(5 * 4 * 16, height(out.resolve("drawn.png")));
        Path lora = folder.resolve("lora");
        String printed = printed(
                FineTuneLora::main,
                out.resolve("model").toString(),
                out.resolve("shapes").toString(),
                "a shape",
                lora.toString(),
                "2");
        assertTrue(printed.contains("the adapter is " + lora.resolve("pytorch_lora_weights.safetensors")), printed);
    }
}
