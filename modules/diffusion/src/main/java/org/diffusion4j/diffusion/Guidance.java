package org.diffusion4j.diffusion;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Classifier-free guidance (Ho and Salimans 2022, arXiv:2207.12598), weighted as in diffusers and Imagen: the unconditional
 * prediction plus {@code scale} times the difference of the conditional prediction from it.
 *
 * @param scale a finite number: 1 gives the conditional prediction, more than 1 exaggerates the condition
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

    /** @return whether the unconditional prediction is needed; it isn't at a scale of 1 */
    public boolean needsUnconditional() {
        return scale != 1;
    }

    /**
     * Combines the two predictions.
     *
     * @param unconditional the network's output without the condition, [B,C,H,W]
     * @param conditional its output for the same sample with the condition, such as a class label; the same shape
     * @return unconditional + scale·(conditional − unconditional), a new array
     */
    public INDArray combine(INDArray unconditional, INDArray conditional) {
        return conditional.sub(unconditional).muli(scale).addi(unconditional);
    }
}
