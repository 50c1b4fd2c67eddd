package org.diffusion4j.diffusion.schedule;

import java.util.function.DoubleUnaryOperator;
import org.diffusion4j.config.ConfigName;

/**
 * How beta, the variance that a timestep adds, grows over the training timesteps: the values of diffusers' {@code
 * beta_schedule}. Everything is computed in float exactly as PyTorch does it, so that the tables are equal to Python's.
 */
public enum BetaSchedule implements ConfigName {
    /** Evenly spaced (Ho et al. 2020, arXiv:2006.11239, section 4). */
    LINEAR {
        @Override
        float[] betas(int timesteps, double betaStart, double betaEnd) {
            return linspace(betaStart, betaEnd, timesteps);
        }
    },

    /** The squares of evenly spaced roots, as in latent diffusion (Rombach et al. 2022, arXiv:2112.10752). */
    SCALED_LINEAR {
        @Override
        float[] betas(int timesteps, double betaStart, double betaEnd) {
            float[] betas = linspace(Math.sqrt(betaStart), Math.sqrt(betaEnd), timesteps);
            for (int t = 0; t < timesteps; t++) {
                betas[t] *= betas[t];
            }
            return betas;
        }
    },

    /** The cosine schedule (Nichol and Dhariwal 2021, arXiv:2102.09672, equation 17); start and end are ignored. */
    SQUAREDCOS_CAP_V2 {
        @Override
        float[] betas(int timesteps, double betaStart, double betaEnd) {
            return fromAlphaBar(timesteps, time -> {
                double cosine = Math.cos((time + 0.008) / 1.008 * Math.PI / 2);
                return cosine * cosine;
            });
        }
    },

    /**
     * A Laplace distribution of the log-SNR (Hang et al. 2024, arXiv:2407.03297) with diffusers' constants; start and end
     * are ignored; only for DDPM.
     */
    LAPLACE {
        @Override
        float[] betas(int timesteps, double betaStart, double betaEnd) {
            return fromAlphaBar(timesteps, time -> {
                double logSnr = -0.5 * Math.copySign(1, 0.5 - time) * Math.log(1 - 2 * Math.abs(0.5 - time) + 1e-6);
                double snr = Math.exp(logSnr);
                return Math.sqrt(snr / (1 + snr));
            });
        }
    },

    /** ᾱ falls as e^(−12·t) over the time t from 0 to 1; start and end are ignored; only for Heun. */
    EXP {
        @Override
        float[] betas(int timesteps, double betaStart, double betaEnd) {
            return fromAlphaBar(timesteps, time -> Math.exp(time * -12));
        }
    },

    /** The sigmoid of -6 to 6, scaled to start and end (GeoDiff, Xu et al. 2022, arXiv:2203.02923); only for DDPM. */
    SIGMOID {
        @Override
        float[] betas(int timesteps, double betaStart, double betaEnd) {
            float[] betas = linspace(-6, 6, timesteps);
            for (int t = 0; t < timesteps; t++) {
                float sigmoid = (float) (1 / (1 + Math.exp(-betas[t])));
                betas[t] = sigmoid * (float) (betaEnd - betaStart) + (float) betaStart;
            }
            return betas;
        }
    };

    /** Diffusers' upper limit, since a beta of 1 would leave nothing of the sample. */
    private static final double MAX_BETA = 0.999;

    /**
     * Computes the betas of this schedule.
     *
     * @param timesteps the number of timesteps
     * @param betaStart the first beta, if the schedule uses it
     * @param betaEnd the last beta, if the schedule uses it
     * @return one beta per timestep
     */
    abstract float[] betas(int timesteps, double betaStart, double betaEnd);

    /** PyTorch's linspace, which counts from the nearer end and rounds once after multiplying and adding. */
    private static float[] linspace(double start, double end, int count) {
        float first = (float) start;
        float last = (float) end;
        float step = (last - first) / (count - 1);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = i < count / 2 ? Math.fma(step, i, first) : Math.fma(-step, count - 1 - i, last);
        }
        if (count == 1) {
            values[0] = first;
        }
        return values;
    }

    /** Betas whose products of alphas follow a given curve over the time from 0 to 1. */
    private static float[] fromAlphaBar(int timesteps, DoubleUnaryOperator alphaBar) {
        float[] betas = new float[timesteps];
        for (int t = 0; t < timesteps; t++) {
            double before = alphaBar.applyAsDouble((double) t / timesteps);
            double after = alphaBar.applyAsDouble((t + 1.0) / timesteps);
            betas[t] = (float) Math.min(1 - after / before, MAX_BETA);
        }
        return betas;
    }
}
