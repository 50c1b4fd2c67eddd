package org.diffusion4j.diffusion.schedule;

import org.diffusion4j.config.ConfigName;

/**
 * The variance of the noise that a DDPM step adds: the values of diffusers' {@code variance_type}. Its {@code
 * fixed_large_log} is left out, since it takes the root of a negative logarithm, which is NaN.
 */
public enum VarianceType implements ConfigName {
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
}
