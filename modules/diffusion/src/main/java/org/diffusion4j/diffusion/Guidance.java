package org.diffusion4j.diffusion;

import static org.diffusion4j.Requirement.require;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Classifier-free guidance (Ho and Salimans 2022, arXiv:2207.12598), weighted as in diffusers and Imagen: the unconditional
 * prediction plus {@code scale} times the difference of the conditional prediction from it.
 *
 * @param scale a finite number: 1 gives the conditional prediction, more than 1 exaggerates the condition
 * @param rescale how much of the result is scaled to the standard deviation of the conditional prediction, from 0 to 1: Lin et
 *     al. 2023 (arXiv:2305.08891), section 3.4
 */
public record Guidance(double scale, double rescale) {
    /**
     * Checks the numbers.
     *
     * @param scale see the record
     * @param rescale see the record
     * @throws IllegalArgumentException if the scale is not finite, or the rescaling isn't from 0 to 1
     */
    public Guidance {
        if (!Double.isFinite(scale)) {
            throw new IllegalArgumentException("guidance scale: expected a finite number, found " + scale);
        }
        require(rescale >= 0 && rescale <= 1, "guidance rescale", "a number from 0 to 1", rescale);
    }

    /**
     * Guidance without rescaling.
     *
     * @param scale see the record
     * @throws IllegalArgumentException if the scale is not finite
     */
    public Guidance(double scale) {
        this(scale, 0);
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
     * @return unconditional + scale·(conditional − unconditional), rescaled; a new array
     */
    public INDArray combine(INDArray unconditional, INDArray conditional) {
        INDArray guided = conditional.sub(unconditional).muli(scale).addi(unconditional);
        for (long image = 0; rescale > 0 && image < guided.size(0); image++) {
            INDArray each = guided.slice(image);
            double ratio = standardDeviation(conditional.slice(image)) / standardDeviation(each);
            each.muli(rescale * ratio + 1 - rescale);
        }
        return guided;
    }

    /** The unbiased one of all of an array's numbers, summed in double. */
    private static double standardDeviation(INDArray array) {
        double[] values = array.dup('c').data().asDouble();
        double mean = Arrays.stream(values).average().orElse(0);
        double squares = 0;
        for (double value : values) {
            squares += (value - mean) * (value - mean);
        }
        return Math.sqrt(squares / (values.length - 1));
    }
}
