package org.diffusion4j.diffusion.sampler;

import java.util.Arrays;
import org.diffusion4j.diffusion.schedule.NoiseSchedule;
import org.diffusion4j.diffusion.schedule.SchedulerConfig;
import org.diffusion4j.diffusion.schedule.SchedulerKind;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The timesteps that a sampler visits, checked, and the schedule at each of them: what DDPM and DDIM have in common.
 *
 * @param schedule the noise at the training timesteps
 * @param timesteps those to visit, descending
 */
record Walk(NoiseSchedule schedule, long[] timesteps) {
    /** As many steps as asked for, spaced as the configuration says. */
    static Walk of(SchedulerKind kind, SchedulerConfig config, int numInferenceSteps) {
        requireKind(kind, config);
        if (numInferenceSteps < 1 || numInferenceSteps > config.numTrainTimesteps()) {
            throw new IllegalArgumentException("num_inference_steps: expected 1 to " + config.numTrainTimesteps()
                    + " (num_train_timesteps), found " + numInferenceSteps);
        }
        long[] timesteps =
                config.timestepSpacing().timesteps(config.numTrainTimesteps(), numInferenceSteps, config.stepsOffset());
        if (timesteps[0] >= config.numTrainTimesteps()) {
            throw new IllegalArgumentException("steps_offset: expected at most "
                    + (config.stepsOffset() - (timesteps[0] - config.numTrainTimesteps() + 1)) + " with "
                    + numInferenceSteps + " leading steps of " + config.numTrainTimesteps()
                    + " (num_train_timesteps), found " + config.stepsOffset());
        }
        return of(config, timesteps);
    }

    /** Just these timesteps. */
    static Walk of(SchedulerKind kind, SchedulerConfig config, long[] timesteps) {
        requireKind(kind, config);
        if (timesteps.length == 0) {
            throw new IllegalArgumentException("timesteps: expected at least one, found none");
        }
        for (int i = 1; i < timesteps.length; i++) {
            if (timesteps[i] >= timesteps[i - 1]) {
                throw new IllegalArgumentException(
                        "timesteps: expected descending order, found " + timesteps[i] + " after " + timesteps[i - 1]);
            }
        }
        if (timesteps[timesteps.length - 1] < 0) {
            throw new IllegalArgumentException(
                    "timesteps: expected none below 0, found " + timesteps[timesteps.length - 1]);
        }
        return of(config, timesteps.clone());
    }

    private static Walk of(SchedulerConfig config, long[] timesteps) {
        if (timesteps[0] >= config.numTrainTimesteps()) {
            throw new IllegalArgumentException("timesteps: expected a start below " + config.numTrainTimesteps()
                    + " (num_train_timesteps), found " + timesteps[0]);
        }
        return new Walk(new NoiseSchedule(config), timesteps);
    }

    private static void requireKind(SchedulerKind kind, SchedulerConfig config) {
        if (config.kind() != kind) {
            throw new IllegalArgumentException("_class_name: expected " + kind.diffusersName() + ", found "
                    + config.kind().diffusersName());
        }
    }

    /** ᾱ at a visited timestep. The -1 of a long trailing walk means the last of the table, as it does in Python. */
    float alphaCumprod(long timestep) {
        return schedule.alphaCumprod(timestep < 0 ? schedule.length() + timestep : timestep);
    }

    /** Refuses an array of another shape than the sample's. */
    static void requireShape(String what, INDArray array, INDArray sample) {
        if (array == null || !array.equalShapes(sample)) {
            throw new IllegalArgumentException(what + ": expected " + Arrays.toString(sample.shape()) + ", found "
                    + (array == null ? "none" : Arrays.toString(array.shape())));
        }
    }
}
