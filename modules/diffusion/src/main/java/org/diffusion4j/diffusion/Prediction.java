package org.diffusion4j.diffusion;

import org.diffusion4j.config.ConfigName;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a network predicts for a noisy sample x = √ᾱ·x₀ + √(1−ᾱ)·ε, where ᾱ is {@code alphaCumprod}, and how x₀ and ε follow
 * from the prediction. The constants are the values of diffusers' {@code prediction_type}.
 *
 * <p>The roots are computed in float, as in diffusers. ᾱ = 0 (a schedule with zero terminal SNR) leads to a division by
 * zero in the same places as in diffusers: such a schedule needs a network that predicts v.
 */
public enum Prediction implements ConfigName {
    /** The noise ε (Ho et al. 2020, arXiv:2006.11239, equation 15). */
    EPSILON {
        @Override
        public INDArray denoised(INDArray modelOutput, INDArray sample, float alphaCumprod) {
            return LinearCombination.of(1, sample, -noiseLevel(alphaCumprod), modelOutput)
                    .divi(signalLevel(alphaCumprod));
        }

        @Override
        public INDArray epsilon(INDArray modelOutput, INDArray sample, float alphaCumprod) {
            return modelOutput.dup();
        }
    },

    /** The clean sample x₀ itself. */
    SAMPLE {
        @Override
        public INDArray denoised(INDArray modelOutput, INDArray sample, float alphaCumprod) {
            return modelOutput.dup();
        }

        @Override
        public INDArray epsilon(INDArray modelOutput, INDArray sample, float alphaCumprod) {
            return epsilonFrom(modelOutput, sample, alphaCumprod);
        }
    },

    /** The velocity v = √ᾱ·ε − √(1−ᾱ)·x₀ (Salimans and Ho 2022, arXiv:2202.00512, appendix D). */
    V_PREDICTION {
        @Override
        public INDArray denoised(INDArray modelOutput, INDArray sample, float alphaCumprod) {
            return LinearCombination.of(signalLevel(alphaCumprod), sample, -noiseLevel(alphaCumprod), modelOutput);
        }

        @Override
        public INDArray epsilon(INDArray modelOutput, INDArray sample, float alphaCumprod) {
            return LinearCombination.of(signalLevel(alphaCumprod), modelOutput, noiseLevel(alphaCumprod), sample);
        }
    };

    /**
     * Gives the predicted clean sample, not clipped.
     *
     * @param modelOutput the network's output, [B,C,H,W]
     * @param sample the noisy sample it was given, the same shape
     * @param alphaCumprod ᾱ at the sample's timestep, in [0, 1]
     * @return x₀, a new array
     */
    public abstract INDArray denoised(INDArray modelOutput, INDArray sample, float alphaCumprod);

    /**
     * Gives the predicted noise.
     *
     * @param modelOutput the network's output, [B,C,H,W]
     * @param sample the noisy sample it was given, the same shape
     * @param alphaCumprod ᾱ at the sample's timestep, in [0, 1]
     * @return ε, a new array
     */
    public abstract INDArray epsilon(INDArray modelOutput, INDArray sample, float alphaCumprod);

    /**
     * Gives the noise that turns a given clean sample into the noisy one.
     *
     * @param denoised x₀, [B,C,H,W]
     * @param sample the noisy sample, the same shape
     * @param alphaCumprod ᾱ at the sample's timestep, in [0, 1]
     * @return ε = (x − √ᾱ·x₀) / √(1−ᾱ), a new array
     */
    public static INDArray epsilonFrom(INDArray denoised, INDArray sample, float alphaCumprod) {
        return LinearCombination.of(1, sample, -signalLevel(alphaCumprod), denoised)
                .divi(noiseLevel(alphaCumprod));
    }

    /** √ᾱ */
    private static float signalLevel(float alphaCumprod) {
        return (float) Math.sqrt(alphaCumprod);
    }

    /** √(1−ᾱ) */
    private static float noiseLevel(float alphaCumprod) {
        return (float) Math.sqrt(1 - alphaCumprod);
    }
}
