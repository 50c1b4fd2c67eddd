package org.diffusion4j.diffusion.schedule;

import java.util.List;

/** The options that say how much noise each training timestep has. Nearly all of diffusers' schedulers share them. */
public interface BetaOptions {
    /** @return how many timesteps the network was trained on, 1 to 1,000,000 */
    int numTrainTimesteps();

    /** @return the first beta, in [0, 1] */
    double betaStart();

    /** @return the last beta, in [0, 1] */
    double betaEnd();

    /** @return how the betas get from start to end */
    BetaSchedule betaSchedule();

    /** @return the betas themselves, each in [0, 1], in place of a schedule; may be null */
    List<Double> trainedBetas();

    /** @return whether the betas are rescaled so that the last timestep is only noise (Lin et al. 2023, arXiv:2305.08891) */
    default boolean rescaleBetasZeroSnr() {
        return false;
    }
}
