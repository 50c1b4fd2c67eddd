package org.diffusion4j.diffusion.sampler;

import org.diffusion4j.diffusion.schedule.FinalSigma;
import org.diffusion4j.diffusion.schedule.SigmaSpacing;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A scheduler whose solver works with the sigmas of samples √ᾱ·x₀ + √(1−ᾱ)·ε, whose variance stays the same. */
public sealed interface SolverSchedulerConfig extends BetaSchedulerConfig, SigmaSpacing, ThresholdOptions
        permits DeisConfig, DpmSolverMultistepConfig, DpmSolverSinglestepConfig, UniPcConfig {
    /** @return the noise after the last step */
    FinalSigma finalSigmasType();

    @Override
    default INDArray addNoise(INDArray sample, INDArray noise, double... timesteps) {
        return noise().withFiniteSigmas().addNoise(sample, noise, Checks.wholeTimesteps(timesteps));
    }
}
