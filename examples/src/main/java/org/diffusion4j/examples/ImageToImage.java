package org.diffusion4j.examples;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Locale;
import org.diffusion4j.data.SinglePicture;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.picture.ImageGrid;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.pipeline.prompt.PromptRequest;

/** Draws a picture from another one: {@code examples/run ImageToImage [FILE.png [MODEL [PROMPT [PICTURE]]]]}. */
public final class ImageToImage {
    private ImageToImage() {}

    /**
     * Draws a picture that keeps the rough shapes of another one.
     *
     * @param arguments the file, image-to-image.png if it isn't given; the folder of a model of the Stable Diffusion family, a tiny
     *     one with random weights that is made beside the file if it isn't; the text, a planet if it isn't; the picture, a ring if
     *     it isn't
     * @throws URISyntaxException never: the ring is a resource
     */
    public static void main(String[] arguments) throws URISyntaxException {
        Path file = Path.of(arguments.length > 0 ? arguments[0] : "image-to-image.png");
        Path model = arguments.length > 1
                ? Path.of(arguments[1])
                : TinyStableDiffusion.write(file.resolveSibling("tiny-stable-diffusion"));
        String prompt = arguments.length > 2 ? arguments[2] : "a planet with a ring";
        Path picture = arguments.length > 3
                ? Path.of(arguments[3])
                : Path.of(ImageToImage.class.getResource("pictures/rings/1.png").toURI());

        PromptPipeline pipeline = PromptPipeline.open(model);
        SampleSize size = pipeline.usualSize();
        SinglePicture fitted = SinglePicture.read(picture, 3).fitted(size.width(), size.height());
        double strength = 0.7; // at 1, little is left of the picture
        PromptRequest request = PromptRequest.of(prompt)
                .initImage(fitted.values(), strength)
                .steps(20)
                .build();
        ImageGrid.of(pipeline.draw(request)).writePng(file);
        System.out.printf(
                Locale.ROOT, "%s as '%s' in %s, %.0f %% anew%n", picture.getFileName(), prompt, file, 100 * strength);
    }
}
