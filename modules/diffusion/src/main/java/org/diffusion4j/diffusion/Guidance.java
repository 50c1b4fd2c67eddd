package org.diffusion4j.diffusion;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Classifier-free guidance (Ho and Salimans 2022, arXiv:2207.12598), in the weighting that diffusers and Imagen use: the
 * prediction without a label, and from there {@code scale} times the way to the one with it.
 *
 * @param scale 1 takes the labelled prediction only, more than 1 exaggerates the label; finite
 */
public record Guidance(double scale) {
    /**
     * Checks the scale.
     *
     * @param scale see the record
     * @throws IllegalArgumentException if the scale is not finite
     */
    public Guidance {
        if (!Double.isFinite(scale)) {
            throw new IllegalArgumentException("guidance scale: expected a finite number, found " + scale);
        }
    }

    /** @return whether the prediction without a label is needed at all: not so at a scale of 1 */
    public boolean needsUnlabelled() {
        return scale != 1;
    }

    /**
     * Guides the prediction.
     *
     * @param unlabelled the network's output for no label, [B,C,H,W]
     * @param labelled its output for the same sample with the label, the same shape
     * @return unlabelled + scale·(labelled − unlabelled), a new array
     */
    public INDArray combine(INDArray unlabelled, INDArray labelled) {
        return labelled.sub(unlabelled).muli(scale).addi(unlabelled);
    }
}
