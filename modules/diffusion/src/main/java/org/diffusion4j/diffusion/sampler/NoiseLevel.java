package org.diffusion4j.diffusion.sampler;

import org.diffusion4j.diffusion.LinearCombination;
import org.diffusion4j.diffusion.Prediction;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * How much of a sample α·x₀ + σ·ε is signal and how much is noise.
 *
 * @param alpha the signal's factor, above 0
 * @param sigma the noise's factor, at least 0
 */
record NoiseLevel(double alpha, double sigma) {
    /** The level with σ/α = ratio of a sample whose variance stays the same: α² + σ² = 1. */
    static NoiseLevel ofRatio(double ratio) {
        double alpha = 1 / Math.sqrt(ratio * ratio + 1);
        return new NoiseLevel(alpha, ratio * alpha);
    }

    /** ln(α/σ), half of the logarithm of the signal-to-noise ratio; infinite without noise. */
    double lambda() {
        return Math.log(alpha) - Math.log(sigma);
    }

    /** The clean sample that follows from a network's output, a new array. */
    INDArray denoised(Prediction prediction, INDArray modelOutput, INDArray sample) {
        return switch (prediction) {
            case EPSILON -> denoised(modelOutput, sample);
            case SAMPLE -> modelOutput.dup();
            case V_PREDICTION -> LinearCombination.of(alpha, sample, -sigma, modelOutput);
        };
    }

    /** The noise that follows from a network's output, a new array. */
    INDArray noise(Prediction prediction, INDArray modelOutput, INDArray sample) {
        return switch (prediction) {
            case EPSILON -> modelOutput.dup();
            case SAMPLE -> noise(modelOutput, sample);
            case V_PREDICTION -> LinearCombination.of(alpha, modelOutput, sigma, sample);
        };
    }

    /** x₀ that follows from ε, a new array. */
    INDArray denoised(INDArray noise, INDArray sample) {
        return LinearCombination.of(1 / alpha, sample, -sigma / alpha, noise);
    }

    /** ε that follows from x₀, a new array. */
    INDArray noise(INDArray denoised, INDArray sample) {
        return LinearCombination.of(1 / sigma, sample, -alpha / sigma, denoised);
    }
}
