package org.diffusion4j.diffusion.schedule;

/** How the sigmas of a walk are spaced between the largest and the least, in place of at even timesteps. */
public interface SigmaSpacing {
    /** @return whether as Karras et al. 2022 (arXiv:2206.00364), equation 5, with ρ = 7 */
    boolean useKarrasSigmas();

    /** @return whether evenly in their logarithm */
    boolean useExponentialSigmas();

    /** @return whether by a beta distribution (Lee et al. 2024, arXiv:2407.12173) with α = β = 0.6 */
    boolean useBetaSigmas();

    /** @return whether any of these */
    default boolean spacesSigmas() {
        return useKarrasSigmas() || useExponentialSigmas() || useBetaSigmas();
    }

    /**
     * The sigmas so spaced.
     *
     * @param min the least, above 0
     * @param max the largest
     * @param count how many, at least 1
     * @return from the largest to the least
     */
    default double[] spacedSigmas(double min, double max, int count) {
        if (useKarrasSigmas()) {
            return Sigmas.karras(min, max, count, 7);
        }
        return useExponentialSigmas() ? Sigmas.logLinear(max, min, count) : Sigmas.beta(min, max, count);
    }
}
