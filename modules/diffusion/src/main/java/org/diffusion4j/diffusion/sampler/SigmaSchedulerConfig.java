package org.diffusion4j.diffusion.sampler;

import org.diffusion4j.diffusion.schedule.Sigmas;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A scheduler that works with x₀ + σ·ε: noise is added, and the signal keeps its size (Karras et al. 2022, arXiv:2206.00364). */
public sealed interface SigmaSchedulerConfig extends BetaSchedulerConfig
        permits EulerAncestralConfig, EulerConfig, HeunConfig, Kdpm2AncestralConfig, Kdpm2Config, LmsConfig {
    @Override
    default INDArray addNoise(INDArray sample, INDArray noise, double... timesteps) {
        return Sigmas.addNoise(
                sample, noise, Sigmas.at(noise().withFiniteSigmas().sigmas(), timesteps));
    }

    /**
     * The timesteps of a walk, which are either given or spaced as the configuration says. With {@code linspace} they may
     * be fractional.
     *
     * @param steps a number or timesteps
     * @return the timesteps, descending
     * @throws IllegalArgumentException if there are too many, or one is outside of the table
     */
    default double[] timesteps(Steps steps) {
        if (steps.timesteps() != null) {
            return Checks.timestepsInTable(steps.timesteps(), numTrainTimesteps());
        }
        if (timestepSpacing() != TimestepSpacing.LINSPACE) {
            return Checks.doubles(spacedTimesteps(steps.number()));
        }
        Checks.inferenceSteps(steps.number(), numTrainTimesteps());
        return TimestepSpacing.fractional(numTrainTimesteps(), steps.number());
    }
}
