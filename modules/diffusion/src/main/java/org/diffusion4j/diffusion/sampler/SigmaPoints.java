package org.diffusion4j.diffusion.sampler;

import static org.diffusion4j.Requirement.require;

import java.util.Arrays;
import java.util.List;
import org.diffusion4j.diffusion.schedule.SigmaSpacing;
import org.diffusion4j.diffusion.schedule.Sigmas;

/**
 * The points that a walk by sigmas visits.
 *
 * @param timesteps what the network is given at each step
 * @param sigmas the noise at each step and after the last one
 */
record SigmaPoints(double[] timesteps, double[] sigmas) {
    /**
     * The points of samplers that end without noise and whose only options are spacings.
     *
     * @param config says how the points are spaced
     * @param steps a number or timesteps
     */
    static <C extends SigmaSchedulerConfig & SigmaSpacing> SigmaPoints toZero(C config, Steps steps) {
        if (steps.timesteps() != null) {
            Checks.noTimesteps(config.kind(), config.spacesSigmas());
        }
        double[] table = config.noise().sigmas();
        double[] timesteps = config.timesteps(steps);
        double[] sigmas = Sigmas.at(table, timesteps);
        return config.spacesSigmas()
                ? spaced(config, table, sigmas[sigmas.length - 1], sigmas[0], steps.number(), 0)
                : at(timesteps, sigmas, 0);
    }

    /**
     * Points at timesteps.
     *
     * @param timesteps descending
     * @param sigmas the sigma at each timestep
     * @param last the noise after the last step
     */
    static SigmaPoints at(double[] timesteps, double[] sigmas, double last) {
        return new SigmaPoints(timesteps, withLast(sigmas, last));
    }

    /**
     * Points spaced by their sigmas.
     *
     * @param spacing how the sigmas are spaced
     * @param table σ of each training timestep
     * @param min the least σ
     * @param max the largest σ
     * @param count how many points; the trailing timesteps that they replace may be one more
     * @param last the noise after the last step
     */
    static SigmaPoints spaced(SigmaSpacing spacing, double[] table, double min, double max, int count, double last) {
        double[] spaced = spacing.spacedSigmas(min, max, count);
        return at(timesteps(table, spaced), spaced, last);
    }

    /** Points at given sigmas, the last of which is the noise after the last step. */
    static SigmaPoints ofSigmas(double[] table, List<Double> sigmas) {
        double[] given = sigmas.stream().mapToDouble(Double::doubleValue).toArray();
        require(given.length >= 2, "sigmas", "at least two, the last for the end", given.length);
        for (int i = 0; i < given.length; i++) {
            require(
                    given[i] >= 0 && Double.isFinite(given[i]) && (i == 0 || given[i] < given[i - 1]),
                    "sigmas",
                    "descending finite numbers of at least 0",
                    given[i]);
        }
        return new SigmaPoints(timesteps(table, Arrays.copyOf(given, given.length - 1)), given);
    }

    static double[] timesteps(double[] table, double[] sigmas) {
        return Arrays.stream(sigmas).map(sigma -> Sigmas.timestep(table, sigma)).toArray();
    }

    /** The points with every one but the first repeated. */
    SigmaPoints doubled() {
        double[] twice = new double[2 * timesteps.length - 1];
        Arrays.setAll(twice, i -> timesteps[(i + 1) / 2]);
        return new SigmaPoints(twice, doubledSigmas());
    }

    /** The sigmas of {@link #doubled()}. */
    double[] doubledSigmas() {
        double[] twice = new double[2 * timesteps.length];
        Arrays.setAll(twice, i -> sigmas[(i + 1) / 2]);
        return twice;
    }

    private static double[] withLast(double[] sigmas, double last) {
        double[] all = Arrays.copyOf(sigmas, sigmas.length + 1);
        all[sigmas.length] = last;
        return all;
    }

    /** The same sigmas, where the network is given ln(σ)/4 at each of them in place of a timestep. */
    SigmaPoints withLogSigmas() {
        double[] logs = Arrays.stream(sigmas)
                .limit(sigmas.length - 1)
                .map(sigma -> 0.25 * Math.log(sigma))
                .toArray();
        return new SigmaPoints(logs, sigmas);
    }
}
