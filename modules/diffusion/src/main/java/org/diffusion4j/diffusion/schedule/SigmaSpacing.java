package org.diffusion4j.diffusion.schedule;

/** How the sigmas of a walk are spaced between the largest and the least, instead of at even timesteps. */
public interface SigmaSpacing {
    /** @return whether they are spaced as in equation 5 of Karras et al. 2022 (arXiv:2206.00364), with ρ = 7 */
    boolean useKarrasSigmas();

    /** @return whether they are spaced evenly in their logarithm */
    boolean useExponentialSigmas();

    /** @return whether they are spaced by a beta distribution (Lee et al. 2024, arXiv:2407.12173) with α = β = 0.6 */
    boolean useBetaSigmas();

    /** @return whether any of these options is chosen */
    default boolean spacesSigmas() {
        return useKarrasSigmas() || useExponentialSigmas() || useBetaSigmas();
    }

    /**
     * Gives the spaced sigmas.
     *
     * @param min the least σ, above 0
     * @param max the largest σ
     * @param count how many sigmas, at least 1
     * @return from the largest to the least
     */
    default double[] spacedSigmas(double min, double max, int count) {
        if (useKarrasSigmas()) {
            return Sigmas.karras(min, max, count, 7);
        }
        return useExponentialSigmas() ? Sigmas.logLinear(max, min, count) : Sigmas.beta(min, max, count);
    }
}
