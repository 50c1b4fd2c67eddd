package org.diffusion4j.diffusion.respaced;

import org.diffusion4j.config.ConfigName;

/** How beta, the variance that a timestep adds, grows: the values of guided-diffusion's {@code noise_schedule}. */
public enum GuidedNoise implements ConfigName {
    /** Evenly spaced between numbers that depend on how many timesteps there are; with 1,000 those of Ho et al. 2020. */
    LINEAR {
        @Override
        double beta(int timestep, int timesteps) {
            double scale = 1000.0 / timesteps;
            double first = scale * 0.0001;
            double last = scale * 0.02;
            return timesteps == 1 ? first : first + (last - first) / (timesteps - 1) * timestep;
        }
    },

    /** The cosine schedule (Nichol and Dhariwal 2021, arXiv:2102.09672, equation 17). */
    COSINE {
        @Override
        double beta(int timestep, int timesteps) {
            double before = signal((double) timestep / timesteps);
            double after = signal((timestep + 1.0) / timesteps);
            return Math.min(1 - after / before, MOST);
        }

        private static double signal(double time) {
            double cosine = Math.cos((time + 0.008) / 1.008 * Math.PI / 2);
            return cosine * cosine;
        }
    };

    /** A beta of 1 would leave nothing of the sample. */
    private static final double MOST = 0.999;

    /** One beta, in (0, 1]. */
    abstract double beta(int timestep, int timesteps);

    /** As few timesteps as there can be: with fewer, the last beta of an even schedule would be 1 or more. */
    int leastTimesteps() {
        return this == LINEAR ? 21 : 1;
    }
}
