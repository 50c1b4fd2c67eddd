package org.diffusion4j.diffusion.schedule;

import java.util.Arrays;
import org.diffusion4j.config.ConfigName;

/**
 * Which of the training timesteps a run of fewer steps visits: the values of diffusers' {@code timestep_spacing}, named
 * after table 2 of Lin et al. 2023 (arXiv:2305.08891). They are computed in double as numpy does it, including its rounding
 * errors: 61 trailing steps of 1000 become 62, of which the last is -1.
 */
public enum TimestepSpacing implements ConfigName {
    /** Multiples of the step, rounded down to a whole number, from the offset on. The last training timestep isn't reached. */
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

        @Override
        public long[] timestepsBefore(int end, int trainTimesteps, int steps, int stepsOffset) {
            int ratio = end / (steps + 1);
            long[] timesteps = new long[steps];
            Arrays.setAll(timesteps, i -> (long) (steps - i) * ratio + stepsOffset);
            return timesteps;
        }
    },

    /** Evenly spaced, with both ends included. */
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

        @Override
        public long[] timestepsBefore(int end, int trainTimesteps, int steps, int stepsOffset) {
            double step = (end - 1.0) / steps;
            long[] timesteps = new long[steps];
            Arrays.setAll(timesteps, i -> i == 0 ? end - 1 : (long) Math.rint((steps - i) * step));
            return timesteps;
        }
    },

    /** Rounded multiples of a fractional step, from the last training timestep down. */
    TRAILING {
        @Override
        public long[] timesteps(int trainTimesteps, int steps, int stepsOffset) {
            return timestepsBefore(trainTimesteps, trainTimesteps, steps, stepsOffset);
        }

        @Override
        public long[] timestepsBefore(int end, int trainTimesteps, int steps, int stepsOffset) {
            double ratio = (double) trainTimesteps / steps;
            // numpy's arange takes its length from the step, but its increment from the difference of the first two
            // values: both roundings decide whether there is one entry more.
            int count = (int) Math.ceil((0 - end) / -ratio);
            double increment = (end + -ratio) - end;
            long[] timesteps = new long[count];
            for (int i = 0; i < count; i++) {
                timesteps[i] = (long) Math.rint(end + i * increment) - 1;
            }
            return timesteps;
        }
    };

    /**
     * Gives the timesteps to visit.
     *
     * @param trainTimesteps how many the network was trained on, at least 1
     * @param steps how many to visit, from 1 to {@code trainTimesteps}
     * @param stepsOffset the number that is added to each leading timestep; other spacings ignore it
     * @return the timesteps, descending; trailing ones may be one more than asked for, and then the last is -1
     */
    public abstract long[] timesteps(int trainTimesteps, int steps, int stepsOffset);

    /**
     * Gives the timesteps to visit for samplers whose walk ends at timestep 0 without visiting it: leading and linspace
     * timesteps are spaced as if there were one more, which is left out. If there are more steps than timesteps, some are
     * visited twice.
     *
     * @param end one more than the last timestep that may be visited, 1 to {@code trainTimesteps}
     * @param trainTimesteps how many the network was trained on
     * @param steps how many to visit, at least 1
     * @param stepsOffset the number that is added to each leading timestep
     * @return the timesteps, descending; trailing ones are fewer if {@code end} is below {@code trainTimesteps}
     */
    public abstract long[] timestepsBefore(int end, int trainTimesteps, int steps, int stepsOffset);

    /**
     * Gives evenly spaced timesteps with both ends included, not rounded: the {@code linspace} of samplers that work with sigmas.
     *
     * @param trainTimesteps how many the network was trained on, at least 1
     * @param steps how many to visit, at least 1
     * @return the timesteps, descending
     */
    public static double[] fractional(int trainTimesteps, int steps) {
        double step = steps == 1 ? 0 : (trainTimesteps - 1.0) / (steps - 1);
        double[] timesteps = new double[steps];
        for (int i = 0; i < steps; i++) {
            timesteps[steps - 1 - i] = (float) (i * step);
        }
        return timesteps;
    }
}
