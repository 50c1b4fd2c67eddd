package org.diffusion4j.training;

import java.io.Serializable;
import org.diffusion4j.diffusion.Prediction;

/**
 * The weight of an image's error, which depends on the signal-to-noise ratio ᾱ/(1−ᾱ) of its timestep. The names are those
 * of Hang et al. 2023 (arXiv:2303.09556), who give the weight of an error in x₀; one in ε or in v is the same error times
 * 1/snr or 1/(snr+1), so its weight is divided by snr or by snr+1.
 */
public sealed interface LossWeighting extends Serializable {
    /**
     * An image's weight.
     *
     * @param snr the signal-to-noise ratio at its timestep, from 0 to infinity
     * @param prediction what the network predicts
     * @return what its mean squared error is multiplied by, at least 0
     */
    double weight(double snr, Prediction prediction);

    /** Every image has weight 1, whatever the network predicts (Ho et al. 2020, arXiv:2006.11239, equation 14). */
    record Simple() implements LossWeighting {
        @Override
        public double weight(double snr, Prediction prediction) {
            return 1;
        }
    }

    /** An error in x₀ counts snr, which is the simple loss of the noise, whatever the network predicts. */
    record Snr() implements LossWeighting {
        @Override
        public double weight(double snr, Prediction prediction) {
            return switch (prediction) {
                case SAMPLE -> snr;
                case EPSILON -> 1;
                case V_PREDICTION -> 1 / (1 + 1 / snr);
            };
        }
    }

    /**
     * An error in x₀ counts min(snr, γ), diffusers' {@code snr_gamma} (Hang et al. 2023, arXiv:2303.09556, section 3.4).
     *
     * @param gamma the largest weight, above 0; the paper has 5
     */
    record MinSnr(double gamma) implements LossWeighting {
        /**
         * Checks the range.
         *
         * @param gamma above 0
         * @throws IllegalArgumentException if it isn't
         */
        public MinSnr {
            if (!(gamma > 0)) {
                throw new IllegalArgumentException("gamma: expected a number above 0, found " + gamma);
            }
        }

        @Override
        public double weight(double snr, Prediction prediction) {
            return switch (prediction) {
                case SAMPLE -> Math.min(snr, gamma);
                case EPSILON -> Math.min(1, gamma / snr); // 1 at a ratio of 0, where 0/0 has no value
                case V_PREDICTION -> Math.min(snr, gamma) / (snr + 1);
            };
        }
    }

    /**
     * An error counts as that in v does which belongs to it, whatever the network predicts.
     *
     * @param weighting of errors in v
     */
    record AsVelocity(LossWeighting weighting) implements LossWeighting {
        @Override
        public double weight(double snr, Prediction prediction) {
            double velocity = weighting.weight(snr, Prediction.V_PREDICTION);
            return switch (prediction) {
                case SAMPLE -> velocity * (1 + snr);
                case EPSILON -> velocity * (1 + 1 / snr);
                case V_PREDICTION -> velocity;
            };
        }
    }

    /** @return {@link Simple} */
    static LossWeighting simple() {
        return new Simple();
    }

    /** @return {@link Snr} */
    static LossWeighting snr() {
        return new Snr();
    }

    /**
     * The weighting with a limit.
     *
     * @param gamma the largest weight, above 0
     * @return {@link MinSnr}
     * @throws IllegalArgumentException if it isn't above 0
     */
    static LossWeighting minSnr(double gamma) {
        return new MinSnr(gamma);
    }

    /**
     * The weighting of errors in v, for a network that predicts anything.
     *
     * @param weighting of errors in v
     * @return {@link AsVelocity}
     */
    static LossWeighting asVelocity(LossWeighting weighting) {
        return new AsVelocity(weighting);
    }
}
