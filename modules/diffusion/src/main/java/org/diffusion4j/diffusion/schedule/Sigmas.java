package org.diffusion4j.diffusion.schedule;

import java.util.Arrays;
import org.apache.commons.math3.distribution.BetaDistribution;
import org.diffusion4j.diffusion.LinearCombination;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Noise levels σ, of samples x₀ + σ·ε: how they are spaced, and which timestep each belongs to. */
public final class Sigmas {
    /** The shape parameters of Lee et al. 2024 (arXiv:2407.12173). */
    private static final double BETA_SHAPE = 0.6;

    private Sigmas() {}

    /**
     * Spaces sigmas as in equation 5 of Karras et al. 2022 (arXiv:2206.00364).
     *
     * @param min the least σ
     * @param max the largest σ
     * @param count how many sigmas, at least 1; if there is only one, it is the largest
     * @param rho ρ: the larger it is, the shorter are the steps at little noise
     * @return from the largest to the least
     */
    public static double[] karras(double min, double max, int count, double rho) {
        double[] sigmas = new double[count];
        Arrays.setAll(sigmas, i -> karras(min, max, rho, share(i, count)));
        return sigmas;
    }

    /**
     * Computes one of Karras et al.'s sigmas.
     *
     * @param min the least σ
     * @param max the largest σ
     * @param rho ρ: the larger it is, the shorter are the steps at little noise
     * @param position from 0, the largest, to 1, the least
     * @return the σ
     */
    public static double karras(double min, double max, double rho, double position) {
        double first = Math.pow(max, 1 / rho);
        double last = Math.pow(min, 1 / rho);
        return Math.pow(first + position * (last - first), rho);
    }

    /**
     * Spaces sigmas evenly in their logarithm.
     *
     * @param first the first σ, above 0
     * @param last the last σ, above 0
     * @param count how many sigmas, at least 1; if there is only one, it is the first
     * @return from the first to the last
     */
    public static double[] logLinear(double first, double last, int count) {
        double[] sigmas = new double[count];
        Arrays.setAll(sigmas, i -> Math.exp(Math.log(first) + share(i, count) * (Math.log(last) - Math.log(first))));
        return sigmas;
    }

    /**
     * Spaces sigmas by the quantiles of a beta distribution: Lee et al. 2024 (arXiv:2407.12173).
     *
     * @param min the least σ
     * @param max the largest σ
     * @param count how many sigmas, at least 1; if there is only one, it is the largest
     * @return from the largest to the least
     */
    public static double[] beta(double min, double max, int count) {
        BetaDistribution distribution = new BetaDistribution(null, BETA_SHAPE, BETA_SHAPE, 1e-14);
        double[] sigmas = new double[count];
        Arrays.setAll(sigmas, i -> min + distribution.inverseCumulativeProbability(1 - share(i, count)) * (max - min));
        return sigmas;
    }

    private static double share(int i, int count) {
        return count == 1 ? 0 : i / (count - 1.0);
    }

    /**
     * Gives the σ of timesteps, which may be fractional.
     *
     * @param table σ of each training timestep
     * @param timesteps any numbers; beyond an end of the table the σ is that of the end
     * @return one σ per timestep, interpolated between the two nearest entries
     */
    public static double[] at(double[] table, double... timesteps) {
        double[] sigmas = new double[timesteps.length];
        Arrays.setAll(sigmas, i -> at(table, timesteps[i]));
        return sigmas;
    }

    private static double at(double[] table, double timestep) {
        double inside = Math.max(0, Math.min(table.length - 1, timestep));
        int below = (int) Math.min(Math.floor(inside), Math.max(table.length - 2, 0));
        double weight = inside - below;
        return weight == 0 ? table[below] : table[below] + weight * (table[below + 1] - table[below]);
    }

    /**
     * Gives the timestep of a σ: the inverse of {@link #at}, but interpolated between logarithms, as in k-diffusion.
     *
     * @param table σ of each training timestep, at least two entries
     * @param sigma any number; beyond an end of the table the timestep is that of the end
     * @return the timestep, which may be fractional
     */
    public static double timestep(double[] table, double sigma) {
        return timestepOfLog(Arrays.stream(table).map(Math::log).toArray(), Math.log(Math.max(sigma, 1e-10)));
    }

    /**
     * Gives the timestep of a σ whose logarithm is given.
     *
     * @param logs ln(σ) of each training timestep, at least two entries
     * @param log any number; beyond an end of the table the timestep is that of the end
     * @return the timestep, which may be fractional, between the last entry that isn't above the logarithm and the next; nearly
     *     all tables ascend, but with zero terminal SNR the last entry but one may be above the last
     */
    public static double timestepOfLog(double[] logs, double log) {
        int low = logs.length - 1;
        while (low > 0 && logs[low] > log) {
            low--;
        }
        low = Math.min(low, logs.length - 2);
        double weight = Math.max(0, Math.min(1, (logs[low] - log) / (logs[low] - logs[low + 1])));
        return (1 - weight) * low + weight * (low + 1);
    }

    /**
     * The forward process.
     *
     * @param sample clean samples x₀, [B,…]
     * @param noise ε, the same shape
     * @param sigmas one for each sample
     * @return x₀ + σ·ε, a new array
     * @throws IllegalArgumentException if the shapes or the number of sigmas differ
     */
    public static INDArray addNoise(INDArray sample, INDArray noise, double... sigmas) {
        NoiseSchedule.requireBatch(sample, noise, sigmas.length);
        float[] ones = new float[sigmas.length];
        Arrays.fill(ones, 1);
        float[] levels = new float[sigmas.length];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = (float) sigmas[i];
        }
        return LinearCombination.perImage(ones, sample, levels, noise);
    }
}
