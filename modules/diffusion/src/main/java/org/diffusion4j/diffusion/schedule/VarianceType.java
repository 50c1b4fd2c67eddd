package org.diffusion4j.diffusion.schedule;

import org.diffusion4j.diffusion.DiffusersName;

/**
 * The variance of the noise that a DDPM step adds: the values of diffusers' {@code variance_type}. Its {@code
 * fixed_large_log} is left out, since it takes the root of a negative logarithm, which is NaN.
 */
public enum VarianceType implements DiffusersName {
    /** The variance of the posterior (Ho et al. 2020, arXiv:2006.11239, equation 7). */
    FIXED_SMALL,
    /** The same variance, computed from its logarithm. */
    FIXED_SMALL_LOG,
    /** The variance is beta. */
    FIXED_LARGE,
    /** The second half of the model output's channels is the variance. */
    LEARNED,
    /**
     * The second half of the model output's channels, in [-1, 1], chooses between the small and the large variance on a
     * logarithmic scale (Nichol and Dhariwal 2021, arXiv:2102.09672, equation 15).
     */
    LEARNED_RANGE;

    /** @return whether the model output has twice the sample's channels, of which the second half is about the variance */
    public boolean isLearned() {
        return this == LEARNED || this == LEARNED_RANGE;
    }

    /**
     * Finds the constant of diffusers' word.
     *
     * @param word such as {@code fixed_small}
     * @return the constant of that word
     * @throws IllegalArgumentException if there is none, and for {@code fixed_large_log}, which gives NaN in diffusers
     */
    public static VarianceType parse(String word) {
        if (word.equals("fixed_large_log")) {
            throw new IllegalArgumentException(
                    "variance_type: expected fixed_large or another, found fixed_large_log, whose noise is NaN in diffusers");
        }
        return DiffusersName.parse(VarianceType.class, "variance_type", word);
    }
}
