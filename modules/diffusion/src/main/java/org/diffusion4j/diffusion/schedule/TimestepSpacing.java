package org.diffusion4j.diffusion.schedule;

import org.diffusion4j.diffusion.DiffusersName;

/**
 * Which of the training timesteps a run of fewer steps visits: the values of diffusers' {@code timestep_spacing}, named
 * after table 2 of Lin et al. 2023 (arXiv:2305.08891). Computed in double as numpy does, whose roundings show: 61 trailing
 * steps of 1000 are 62, the last of them -1.
 */
public enum TimestepSpacing implements DiffusersName {
    /** Multiples of the whole step from the offset on: never reaches the last training timestep. */
    LEADING {
        @Override
        public long[] timesteps(int trainTimesteps, int steps, int stepsOffset) {
            int ratio = trainTimesteps / steps;
            long[] timesteps = new long[steps];
            for (int i = 0; i < steps; i++) {
                timesteps[i] = (long) (steps - 1 - i) * ratio + stepsOffset;
            }
            return timesteps;
        }
    },

    /** Even, both ends included. */
    LINSPACE {
        @Override
        public long[] timesteps(int trainTimesteps, int steps, int stepsOffset) {
            double step = (trainTimesteps - 1.0) / (steps - 1);
            long[] timesteps = new long[steps];
            for (int i = 1; i < steps; i++) {
                timesteps[steps - 1 - i] = (long) Math.rint(i * step);
            }
            if (steps > 1) {
                timesteps[0] = trainTimesteps - 1L;
            }
            return timesteps;
        }
    },

    /** Fractional steps from the last training timestep down. */
    TRAILING {
        @Override
        public long[] timesteps(int trainTimesteps, int steps, int stepsOffset) {
            double ratio = (double) trainTimesteps / steps;
            // numpy's arange takes its length from the step, but its increment from the difference of the first two
            // values: both roundings decide whether there is one entry more.
            int count = (int) Math.ceil((0 - trainTimesteps) / -ratio);
            double increment = (trainTimesteps + -ratio) - trainTimesteps;
            long[] timesteps = new long[count];
            for (int i = 0; i < count; i++) {
                timesteps[i] = (long) Math.rint(trainTimesteps + i * increment) - 1;
            }
            return timesteps;
        }
    };

    /**
     * The timesteps to visit.
     *
     * @param trainTimesteps how many the network was trained on, at least 1
     * @param steps how many to visit, from 1 to {@code trainTimesteps}
     * @param stepsOffset added to each leading timestep; the other spacings have no use for it
     * @return the timesteps, descending; trailing ones can be one more than asked for, the last being -1
     */
    public abstract long[] timesteps(int trainTimesteps, int steps, int stepsOffset);
}
