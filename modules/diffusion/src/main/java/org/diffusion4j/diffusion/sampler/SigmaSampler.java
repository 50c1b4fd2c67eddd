package org.diffusion4j.diffusion.sampler;

import java.util.Arrays;
import java.util.Objects;
import org.diffusion4j.diffusion.LinearCombination;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.Sigmas;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A sampler whose samples are x₀ + σ·ε. The network is given x/√(σ²+1), which has the same variance as in training. */
abstract class SigmaSampler implements Sampler {
    final SigmaPoints points;
    private final double initNoiseSigma;

    SigmaSampler(SigmaPoints points, TimestepSpacing spacing) {
        this.points = points;
        double max = Arrays.stream(points.sigmas()).max().orElseThrow();
        initNoiseSigma = spacing == TimestepSpacing.LEADING ? Math.sqrt(max * max + 1) : max;
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

    /** The noise at a step; the index after the last step gives the noise after it. */
    final double sigma(int step) {
        return points.sigmas()[step];
    }

    @Override
    public INDArray addNoise(INDArray sample, INDArray noise, int step) {
        double[] each = new double[(int) sample.size(0)];
        Arrays.fill(each, sigma(Objects.checkIndex(step, points.timesteps().length)));
        return Sigmas.addNoise(sample, noise, each);
    }

    @Override
    public INDArray input(WalkState state) {
        double sigma = sigma(state.step());
        return state.sample().div(Math.sqrt(sigma * sigma + 1));
    }

    /** The clean sample that the network predicts for a noisy one at a σ; a new array. */
    static INDArray denoised(Prediction prediction, INDArray modelOutput, INDArray sample, double sigma) {
        return switch (prediction) {
            case EPSILON -> LinearCombination.of(1, sample, -sigma, modelOutput);
            case SAMPLE -> modelOutput.dup();
            case V_PREDICTION -> {
                double variance = sigma * sigma + 1;
                yield LinearCombination.of(-sigma / Math.sqrt(variance), modelOutput, 1 / variance, sample);
            }
        };
    }
}
