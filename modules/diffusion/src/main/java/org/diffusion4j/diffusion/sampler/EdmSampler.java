package org.diffusion4j.diffusion.sampler;

import java.util.Arrays;
import java.util.Objects;
import org.diffusion4j.diffusion.schedule.Sigmas;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A sampler whose samples are x₀ + σ·ε, where x₀ has the standard deviation σ_data. The network is given x/√(σ²+σ_data²)
 * (Karras et al. 2022, arXiv:2206.00364, table 1).
 */
abstract class EdmSampler implements Sampler {
    final SigmaPoints points;
    private final double sigmaData;
    private final double initNoiseSigma;

    EdmSampler(SigmaPoints points, double sigmaData, double initNoiseSigma) {
        this.points = points;
        this.sigmaData = sigmaData;
        this.initNoiseSigma = initNoiseSigma;
    }

    @Override
    public final double[] timesteps() {
        return points.timesteps().clone();
    }

    @Override
    public final double[] sigmas() {
        return points.sigmas().clone();
    }

    @Override
    public final double initNoiseSigma() {
        return initNoiseSigma;
    }

    @Override
    public final INDArray addNoise(INDArray sample, INDArray noise, int step) {
        double[] each = new double[(int) sample.size(0)];
        Arrays.fill(each, sigma(step));
        return Sigmas.addNoise(sample, noise, each);
    }

    @Override
    public final INDArray input(WalkState state) {
        return state.sample().div(Math.hypot(sigma(state.step()), sigmaData));
    }

    /** The noise at a step. */
    final double sigma(int step) {
        return points.sigmas()[Objects.checkIndex(step, points.timesteps().length)];
    }
}
