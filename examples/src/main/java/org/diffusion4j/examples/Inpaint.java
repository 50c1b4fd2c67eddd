package org.diffusion4j.examples;

import java.net.URISyntaxException;
import java.nio.file.Path;
import org.diffusion4j.data.SinglePicture;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.picture.ImageGrid;
import org.diffusion4j.pipeline.prompt.PictureSource;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Draws a part of a picture anew: {@code examples/run Inpaint [FILE.png [MODEL [PROMPT [PICTURE [MASK]]]]]}. */
public final class Inpaint {
    private Inpaint() {}

    /**
     * Draws what a mask says. Models for inpainting see the rest of the picture meanwhile; any other model may be used, too.
     *
     * @param arguments the file, inpaint.png if it isn't given; the folder of a model of the Stable Diffusion family, a tiny one
     *     with random weights that is made beside the file if it isn't; the text, a moon if it isn't; the picture, a ring if it
     *     isn't; another of the same size that is white where the picture is drawn anew, its right half if it isn't
     * @throws URISyntaxException never: the ring is a resource
     */
    public static void main(String[] arguments) throws URISyntaxException {
        Path file = Path.of(arguments.length > 0 ? arguments[0] : "inpaint.png");
        Path model = arguments.length > 1
                ? Path.of(arguments[1])
                : TinyStableDiffusion.write(file.resolveSibling("tiny-stable-diffusion"));
        String prompt = arguments.length > 2 ? arguments[2] : "a moon behind clouds";
        Path picture = arguments.length > 3
                ? Path.of(arguments[3])
                : Path.of(Inpaint.class.getResource("pictures/rings/1.png").toURI());

        PromptPipeline pipeline = PromptPipeline.open(model);
        SampleSize size = pipeline.usualSize();
        INDArray image = fitted(picture, 3, size);
        INDArray mask = arguments.length > 4 ? fitted(Path.of(arguments[4]), 1, size) : rightHalf(size);
        PromptRequest request = PromptRequest.of(prompt)
                .source(new PictureSource(image, mask, 1.0))
                .steps(20)
                .build();
        ImageGrid.of(pipeline.draw(request)).writePng(file);
        System.out.println("a part of " + picture.getFileName() + " as '" + prompt + "' in " + file);
    }

    private static INDArray fitted(Path picture, int channels, SampleSize size) {
        return SinglePicture.read(picture, channels)
                .fitted(size.width(), size.height())
                .values();
    }

    private static INDArray rightHalf(SampleSize size) {
        INDArray mask = Nd4j.zeros(1, 1, size.height(), size.width());
        mask.get(
                        NDArrayIndex.all(),
                        NDArrayIndex.all(),
                        NDArrayIndex.all(),
                        NDArrayIndex.interval(size.width() / 2, size.width()))
                .assign(1);
        return mask;
    }
}
