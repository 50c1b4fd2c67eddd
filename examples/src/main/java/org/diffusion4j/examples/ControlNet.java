package org.diffusion4j.examples;

import java.net.URISyntaxException;
import java.nio.file.Path;
import org.diffusion4j.data.SinglePicture;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.picture.ImageGrid;
import org.diffusion4j.pipeline.prompt.Control;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.pipeline.prompt.PromptRequest;

/** Draws a picture along the edges of another one: {@code examples/run ControlNet [FILE.png [MODEL [PROMPT [EDGES]]]]}. */
public final class ControlNet {
    private ControlNet() {}

    /**
     * Draws a picture at which a ControlNet looks, too.
     *
     * @param arguments the file, controlnet.png if it isn't given; the folder of a Stable Diffusion with a ControlNet, as Python's
     *     {@code StableDiffusionControlNetPipeline.save_pretrained} writes it, a tiny one with random weights that is made beside
     *     the file if it isn't; the text, a windmill if it isn't; what the ControlNet looks at, white edges on black (a cross) if it
     *     isn't
     * @throws URISyntaxException never: the cross is a resource
     */
    public static void main(String[] arguments) throws URISyntaxException {
        Path file = Path.of(arguments.length > 0 ? arguments[0] : "controlnet.png");
        Path model = arguments.length > 1
                ? Path.of(arguments[1])
                : TinyStableDiffusion.writeWithControlNet(file.resolveSibling("tiny-controlnet"));
        String prompt = arguments.length > 2 ? arguments[2] : "a windmill";
        Path edges = arguments.length > 3
                ? Path.of(arguments[3])
                : Path.of(ControlNet.class.getResource("pictures/crosses/1.png").toURI());

        PromptPipeline pipeline = PromptPipeline.open(model);
        SampleSize size = pipeline.usualSize();
        SinglePicture fitted = SinglePicture.read(edges, 3).fitted(size.width(), size.height());
        String name = pipeline.parts().controlNets().get(0);
        PromptRequest request = PromptRequest.of(prompt)
                .control(Control.of(name, fitted.values()))
                .steps(20)
                .build();
        ImageGrid.of(pipeline.draw(request)).writePng(file);
        System.out.println("'" + prompt + "' along the edges of " + edges.getFileName() + " in " + file);
    }
}
