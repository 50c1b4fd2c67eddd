package org.diffusion4j.diffusion.sampler;

import org.diffusion4j.diffusion.schedule.BetaOptions;
import org.diffusion4j.diffusion.schedule.NoiseSchedule;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A scheduler over a table of betas. */
public sealed interface BetaSchedulerConfig extends SchedulerConfig, BetaOptions
        permits DdimConfig, DdpmConfig, LcmConfig, PndmConfig, SigmaSchedulerConfig, SolverSchedulerConfig, TcdConfig {
    /** @return which of the training timesteps are visited */
    TimestepSpacing timestepSpacing();

    /** @return the number that is added to each leading timestep, at least 0 */
    int stepsOffset();

    /**
     * Gives the timesteps of a walk as whole numbers, spaced as the configuration says.
     *
     * @param steps from 1 to {@code num_train_timesteps}
     * @return the timesteps, descending
     * @throws IllegalArgumentException if the number of steps is out of range, or the offset makes a timestep too large for
     *     the table
     */
    default long[] spacedTimesteps(int steps) {
        Checks.inferenceSteps(steps, numTrainTimesteps());
        long[] timesteps = timestepSpacing().timesteps(numTrainTimesteps(), steps, stepsOffset());
        if (timesteps[0] >= numTrainTimesteps()) {
            throw new IllegalArgumentException("steps_offset: expected at most "
                    + (stepsOffset() - (timesteps[0] - numTrainTimesteps() + 1)) + " with " + steps
                    + " leading steps of " + numTrainTimesteps() + " (num_train_timesteps), found " + stepsOffset());
        }
        return timesteps;
    }

    @Override
    default NoiseSchedule noise() {
        return new NoiseSchedule(this);
    }

    @Override
    default INDArray addNoise(INDArray sample, INDArray noise, double... timesteps) {
        return noise().addNoise(sample, noise, Checks.wholeTimesteps(timesteps));
    }
}
