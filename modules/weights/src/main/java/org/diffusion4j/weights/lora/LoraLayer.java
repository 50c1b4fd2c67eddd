package org.diffusion4j.weights.lora;

import static org.diffusion4j.Requirement.require;

import java.util.Arrays;
import org.diffusion4j.weights.tensor.WeightTensor;

/**
 * A layer's low-rank matrices, to be written.
 *
 * @param component the part of the pipeline that the layer belongs to, such as {@code unet} or {@code text_encoder_2}
 * @param layer diffusers' or transformers' name of the layer
 * @param down [rank, in] or [rank, in, kH, kW]
 * @param up [out, rank] or [out, rank, 1, 1]
 * @param alpha what the product is multiplied by is alpha / rank
 */
public record LoraLayer(String component, String layer, WeightTensor down, WeightTensor up, double alpha) {
    /** Checks the shapes. */
    public LoraLayer {
        long[] narrow = down.shape();
        long[] wide = up.shape();
        require(narrow.length >= 2, "down", "2 dimensions or more", Arrays.toString(narrow));
        require(
                wide.length == narrow.length && WeightDelta.isLike(wide, wide[0], narrow[0]),
                "up",
                "[out, " + narrow[0] + "]",
                Arrays.toString(wide));
        require(Double.isFinite(alpha), "alpha", "a finite number", alpha);
    }

    /** The rank of the matrices. */
    int rank() {
        return (int) down.shape()[0];
    }
}
