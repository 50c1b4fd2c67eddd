package org.diffusion4j.diffusion.sampler;

import java.util.Arrays;
import java.util.Objects;
import org.diffusion4j.diffusion.schedule.NoiseSchedule;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A sampler whose samples are √ᾱ·x₀ + √(1−ᾱ)·ε, at whole timesteps of a table. */
abstract class AlphaSampler implements Sampler {
    final NoiseSchedule schedule;
    final long[] timesteps;

    AlphaSampler(NoiseSchedule schedule, long[] timesteps) {
        this.schedule = schedule;
        this.timesteps = timesteps;
    }

    @Override
    public final double[] timesteps() {
        return Checks.doubles(timesteps);
    }

    @Override
    public final double[] sigmas() {
        double[] sigmas = new double[timesteps.length + 1];
        Arrays.setAll(sigmas, i -> i == timesteps.length ? 0 : sigma(alphaCumprod(timesteps[i])));
        return sigmas;
    }

    private static double sigma(double alphaCumprod) {
        return Math.sqrt((1 - alphaCumprod) / alphaCumprod);
    }

    @Override
    public final INDArray addNoise(INDArray sample, INDArray noise, int step) {
        long[] each = new long[(int) sample.size(0)];
        Arrays.fill(each, inTable(timestep(step)));
        return schedule.addNoise(sample, noise, each);
    }

    final long timestep(int step) {
        return timesteps[Objects.checkIndex(step, timesteps.length)];
    }

    final float alphaCumprod(long timestep) {
        return schedule.alphaCumprod(inTable(timestep));
    }

    /** The timestep -1 of a long trailing walk means the last entry of the table, as an index of -1 does in Python. */
    private long inTable(long timestep) {
        return timestep < 0 ? schedule.length() + timestep : timestep;
    }
}
