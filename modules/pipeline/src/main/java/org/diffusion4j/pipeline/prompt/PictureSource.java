package org.diffusion4j.pipeline.prompt;

import static org.diffusion4j.Requirement.require;

import java.io.Serializable;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * What is drawn from. The arrays still belong to the caller, and must not change until the pictures are drawn.
 *
 * @param image [1, 3, H, W] for all pictures or one for each, in 0..1; of one channel for a model that draws grey pictures. Where there is a mask, the latents of one for all are drawn
 *     once, by the first picture's generator, as in diffusers; so a picture depends on its own seed only if it has an image of
 *     its own
 * @param mask [1, 1, H, W] for all pictures or one for each: from 0.5 on what is drawn anew, below what is kept; null to draw all
 *     of the picture anew
 * @param strength how much noise is added to the picture, in (0, 1]: at 1 little is left of it, or nothing at all where there is a
 *     mask; null for the pipeline's own
 */
public record PictureSource(INDArray image, INDArray mask, Double strength) implements Serializable {
    /**
     * Checks what can be checked without a model.
     *
     * @throws IllegalArgumentException if a shape isn't as described, the mask and the picture aren't of one size, or the strength
     *     is out of its range
     */
    public PictureSource {
        requirePicture("init image", image.rank() == 4 && image.size(1) == 1 ? 1 : 3, image);
        if (mask != null) {
            requirePicture("mask", 1, mask);
            require(
                    mask.size(2) == image.size(2) && mask.size(3) == image.size(3),
                    "mask",
                    "the init image's size " + size(image),
                    size(mask));
        }
        require(
                strength == null || (strength > 0 && strength <= 1),
                "strength",
                "a number above 0 and at most 1",
                strength);
    }

    /** What some pictures are drawn from. */
    PictureSource part(int first, int count) {
        require(
                mask == null || image.size(0) > 1,
                "init image",
                "one for each picture, as they are drawn in parts and there is a mask",
                "one for all");
        return new PictureSource(part(image, first, count), mask == null ? null : part(mask, first, count), strength);
    }

    /** Those of some pictures, if there isn't one for all. */
    static INDArray part(INDArray pictures, int first, int count) {
        return pictures.size(0) == 1 ? pictures : pictures.get(NDArrayIndex.interval(first, first + count));
    }

    static void requirePicture(String name, int channels, INDArray picture) {
        require(
                picture.rank() == 4 && picture.size(1) == channels && picture.length() > 0,
                name,
                "an array [N, " + channels + ", height, width]",
                Arrays.toString(picture.shape()));
    }

    /** A picture's size in words. */
    static String size(INDArray picture) {
        return picture.size(3) + "x" + picture.size(2);
    }
}
