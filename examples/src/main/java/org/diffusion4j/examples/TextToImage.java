package org.diffusion4j.examples;

import java.nio.file.Path;
import java.util.List;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.picture.ImageGrid;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.pipeline.prompt.PromptRequest;

/** Draws pictures of a text: {@code examples/run TextToImage [FILE.png [MODEL [PROMPT]]]}. */
public final class TextToImage {
    private TextToImage() {}

    /**
     * Draws two pictures.
     *
     * @param arguments the file, text-to-image.png if it isn't given; the folder of a model of the Stable Diffusion family, a tiny
     *     one with random weights that is made beside the file if it isn't; the text, a lighthouse if it isn't
     */
    public static void main(String[] arguments) {
        Path file = Path.of(arguments.length > 0 ? arguments[0] : "text-to-image.png");
        Path model = arguments.length > 1
                ? Path.of(arguments[1])
                : TinyStableDiffusion.write(file.resolveSibling("tiny-stable-diffusion"));
        String prompt = arguments.length > 2 ? arguments[2] : "a lighthouse on a rock, in the evening";

        PromptPipeline pipeline = PromptPipeline.open(model);
        PromptRequest request = PromptRequest.of(prompt)
                .negative("people")
                .imagesPerPrompt(2)
                .seed(1) // and 2 for the second picture
                .steps(20)
                .build();
        List<GeneratedImage> images = pipeline.draw(request);
        ImageGrid.of(images).writePng(file);
        System.out.println("2 pictures of '" + prompt + "' in " + file);
    }
}
