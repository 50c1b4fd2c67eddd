package org.diffusion4j.diffusion.sampler;

import java.util.Arrays;
import java.util.Objects;
import org.diffusion4j.diffusion.schedule.NoiseSchedule;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A sampler of a {@link SolverSchedulerConfig}. */
abstract class SolverSampler implements Sampler {
    private final SigmaPoints points;

    SolverSampler(SigmaPoints points) {
        this.points = points;
    }

    @Override
    public final double[] timesteps() {
        return points.timesteps().clone();
    }

    @Override
    public final double[] sigmas() {
        return points.sigmas().clone();
    }

    /** How many steps there are. */
    final int steps() {
        return points.timesteps().length;
    }

    /** The noise level before a step; the index after the last step gives the level after it. */
    final NoiseLevel level(int step) {
        return NoiseLevel.ofRatio(points.sigmas()[step]);
    }

    @Override
    public final INDArray addNoise(INDArray sample, INDArray noise, int step) {
        NoiseLevel level = level(Objects.checkIndex(step, steps()));
        double[] signals = new double[(int) sample.size(0)];
        double[] noises = signals.clone();
        Arrays.fill(signals, level.alpha());
        Arrays.fill(noises, level.sigma());
        return NoiseSchedule.mixed(sample, signals, noise, noises);
    }

    @Override
    public boolean drawsNoise(int step) {
        Objects.checkIndex(step, steps());
        return false;
    }
}
