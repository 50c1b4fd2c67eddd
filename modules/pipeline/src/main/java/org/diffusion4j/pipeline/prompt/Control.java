package org.diffusion4j.pipeline.prompt;

import static org.diffusion4j.Requirement.require;

import java.io.Serializable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A picture that a ControlNet looks at, such as the edges of what is to be drawn.
 *
 * @param name the name of the ControlNet: of its folder in the model's, such as {@code controlnet_1}
 * @param image [1, 3, H, W] for all pictures or one for each, in 0..1, of the size of what is drawn; it still belongs to the
 *     caller, and must not change until the pictures are drawn
 * @param scale what the ControlNet's outputs are multiplied by; 1 is usual
 * @param start the share of the walk at which it begins
 * @param end the share of the walk at which it ends, above the start; 0 and 1 for all steps
 */
public record Control(String name, INDArray image, double scale, double start, double end) implements Serializable {
    /**
     * Checks what can be checked without a model.
     *
     * @throws IllegalArgumentException if a number is out of its range, or the shape isn't as described
     */
    public Control {
        require(!name.isEmpty(), "control", "the name of a ControlNet", "none");
        PictureSource.requirePicture("control '" + name + "'", 3, image);
        require(Double.isFinite(scale), "control '" + name + "'", "a finite scale", scale);
        TextGuidance.requireShares("control '" + name + "'", start, end);
    }

    /**
     * A control at all steps, with a scale of 1.
     *
     * @param name the name of the ControlNet
     * @param image the picture that it looks at
     * @return the control
     */
    public static Control of(String name, INDArray image) {
        return new Control(name, image, 1, 0, 1);
    }

    /** The same for some pictures. */
    Control part(int first, int count) {
        return new Control(name, PictureSource.part(image, first, count), scale, start, end);
    }
}
