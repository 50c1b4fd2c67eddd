package org.diffusion4j.examples;

import java.nio.file.Path;
import java.util.List;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.picture.ImageGrid;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.zoo.DdpmMnist;

/** Draws digits with a model of the zoo: {@code examples/run SampleFromZoo [FILE.png [IMAGES]]}. */
public final class SampleFromZoo {
    private SampleFromZoo() {}

    /**
     * Draws a grid, a row for each digit, three times as large.
     *
     * @param arguments the file, digits.png if it isn't given; the number of images, 20 if it isn't
     */
    public static void main(String[] arguments) {
        Path file = Path.of(arguments.length > 0 ? arguments[0] : "digits.png");
        int images = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 20;

        System.out.println("Drawing takes a few seconds.");
        try (DiffusionPipeline pipeline = new DdpmMnist().pipeline()) {
            SampleRequest request = SampleRequest.images(images)
                    .spread(List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9))
                    .seed(1)
                    .build();
            List<GeneratedImage> digits = pipeline.sample(request);
            ImageGrid.builder(digits).scale(3).build().writePng(file);
        }
        System.out.println(images + " digits in " + file);
    }
}
