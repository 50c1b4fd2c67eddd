package org.diffusion4j.diffusion.respaced;

import static org.diffusion4j.Requirement.requireWithin;

/**
 * The diffusion that a network was trained for: what guided-diffusion's scripts call so.
 *
 * @param diffusionSteps how many timesteps there are, up to 1,000,000
 * @param noiseSchedule how the betas grow
 * @param predictXstart whether the network predicts the clean sample, in place of the noise
 * @param rescaleTimesteps whether the network is given timesteps from 0 to 1,000, however many there are
 */
public record DiffusionOptions(
        int diffusionSteps, GuidedNoise noiseSchedule, boolean predictXstart, boolean rescaleTimesteps) {
    private static final int MOST = 1_000_000;

    /** Checks every option; the message of a failure names it as guided-diffusion does. */
    public DiffusionOptions {
        requireWithin("diffusion_steps", noiseSchedule.leastTimesteps(), MOST, diffusionSteps);
    }

    /** Guided-diffusion's defaults. */
    public DiffusionOptions() {
        this(1000, GuidedNoise.LINEAR, false, false);
    }

    /**
     * These options with another curve of noise.
     *
     * @param schedule how the betas grow
     * @return the changed options
     */
    public DiffusionOptions withNoiseSchedule(GuidedNoise schedule) {
        return new DiffusionOptions(diffusionSteps, schedule, predictXstart, rescaleTimesteps);
    }
}
