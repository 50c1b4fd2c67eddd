package org.diffusion4j.diffusion.sampler;

import static org.diffusion4j.Requirement.require;

import java.util.List;

/**
 * The points that a walk visits: the arguments of diffusers' {@code set_timesteps}.
 *
 * @param number how many steps, at least 1; null if timesteps or sigmas are given
 * @param timesteps the timesteps themselves, descending, in place of a number; may be null
 * @param sigmas the noise levels themselves, in place of a number, for samplers that accept them; may be null
 * @param originalInferenceSteps the steps that a consistency model was distilled over, in place of the number in its
 *     configuration; may be null
 * @param strength the share of the noise that a consistency model's walk begins with, in (0, 1]
 */
public record Steps(
        Integer number, List<Double> timesteps, List<Double> sigmas, Integer originalInferenceSteps, double strength) {
    /**
     * Checks what can be checked without a configuration.
     *
     * @param number see the record
     * @param timesteps see the record
     * @param sigmas see the record
     * @param originalInferenceSteps see the record
     * @param strength see the record
     * @throws IllegalArgumentException unless exactly one of number, timesteps and sigmas is given, or if a value is out of
     *     its range
     */
    public Steps {
        int given = (number == null ? 0 : 1) + (timesteps == null ? 0 : 1) + (sigmas == null ? 0 : 1);
        if (given != 1) {
            throw new IllegalArgumentException(
                    "num_inference_steps: expected just one of it, timesteps and sigmas, found " + given);
        }
        if (number != null) {
            require(number >= 1, "num_inference_steps", "at least 1", number);
        }
        if (timesteps != null) {
            timesteps = List.copyOf(timesteps);
            require(!timesteps.isEmpty(), "timesteps", "at least one", "none");
        }
        if (sigmas != null) {
            sigmas = List.copyOf(sigmas);
            require(!sigmas.isEmpty(), "sigmas", "at least one", "none");
        }
        if (originalInferenceSteps != null) {
            require(originalInferenceSteps >= 1, "original_inference_steps", "at least 1", originalInferenceSteps);
        }
        require(strength > 0 && strength <= 1, "strength", "a number in (0, 1]", strength);
    }

    /**
     * A number of steps, spaced as the configuration says.
     *
     * @param number at least 1
     * @return the steps
     */
    public static Steps of(int number) {
        return new Steps(number, null, null, null, 1);
    }

    /**
     * The given timesteps.
     *
     * @param timesteps descending
     * @return the steps
     */
    public static Steps ofTimesteps(List<Double> timesteps) {
        return new Steps(null, timesteps, null, null, 1);
    }

    /**
     * The given noise levels.
     *
     * @param sigmas as the sampler takes them
     * @return the steps
     */
    public static Steps ofSigmas(List<Double> sigmas) {
        return new Steps(null, null, sigmas, null, 1);
    }

    /** Refuses what a sampler has no use for. */
    void requireNumberOrTimesteps(SchedulerKind kind) {
        requireNoSigmas(kind);
        requireNoConsistency(kind);
    }

    /** Refuses what a sampler has no use for. */
    void requireNoSigmas(SchedulerKind kind) {
        require(sigmas == null, "sigmas", "none, as " + kind.className() + " takes none", sigmas);
    }

    /** Refuses what a sampler has no use for. */
    void requireNumber(SchedulerKind kind) {
        requireNoTimesteps(kind);
        requireNumberOrTimesteps(kind);
    }

    /** Refuses what a sampler has no use for. */
    void requireNoTimesteps(SchedulerKind kind) {
        require(timesteps == null, "timesteps", "none, as " + kind.className() + " takes none", timesteps);
    }

    /** Refuses options that only consistency models have. */
    void requireNoConsistency(SchedulerKind kind) {
        require(
                originalInferenceSteps == null,
                "original_inference_steps",
                "none, as " + kind.className() + " takes none",
                originalInferenceSteps);
        require(strength == 1, "strength", "1, as " + kind.className() + " takes none", strength);
    }
}
