package org.diffusion4j.diffusion.sampler;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.diffusion4j.diffusion.LinearCombination;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.SigmaSpacing;
import org.diffusion4j.diffusion.schedule.Sigmas;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The steps of {@link Kdpm2Config} and {@link Kdpm2AncestralConfig}: even steps go to the middle of an interval, odd steps
 * from its start to its end, and the last step, which is even, goes straight to 0. The history after an even step is the
 * sample before it.
 */
final class Kdpm2Sampler extends SigmaSampler {
    private final Prediction prediction;
    private final boolean ancestral;
    /** For each interval, the noise level at which it ends and the amount of noise that is then drawn. */
    private final AncestralStep[] intervals;
    /** For each interval, the sigma in its middle. */
    private final double[] middles;

    private Kdpm2Sampler(
            SigmaSchedulerConfig config,
            SigmaPoints points,
            AncestralStep[] intervals,
            double[] middles,
            boolean ancestral) {
        super(points, config.timestepSpacing());
        this.prediction = config.predictionType();
        this.ancestral = ancestral;
        this.intervals = intervals;
        this.middles = middles;
    }

    static <C extends SigmaSchedulerConfig & SigmaSpacing> Kdpm2Sampler of(C config, Steps steps, boolean ancestral) {
        SigmaPoints points = SigmaPoints.toZero(config, steps);
        double[] timesteps = points.timesteps();
        if (config.useKarrasSigmas()) {
            // Diffusers rounds only the timesteps of Karras sigmas.
            Arrays.setAll(timesteps, i -> Math.rint(timesteps[i]));
        }
        double[] sigmas = points.sigmas();
        AncestralStep[] intervals = new AncestralStep[timesteps.length];
        Arrays.setAll(
                intervals,
                i -> ancestral ? AncestralStep.between(sigmas[i], sigmas[i + 1]) : new AncestralStep(sigmas[i + 1], 0));
        double[] middles = new double[timesteps.length];
        Arrays.setAll(middles, i -> Math.sqrt(sigmas[i] * intervals[i].down()));
        double[] table = config.noise().sigmas();
        double[] visited = new double[2 * timesteps.length - 1];
        Arrays.setAll(visited, i -> i % 2 == 0 ? timesteps[i / 2] : Sigmas.timestep(table, middles[i / 2]));
        return new Kdpm2Sampler(
                config, new SigmaPoints(visited, points.doubledSigmas()), intervals, middles, ancestral);
    }

    @Override
    public int order() {
        return 2;
    }

    @Override
    public boolean drawsNoise(int step) {
        Objects.checkIndex(step, points.timesteps().length);
        return ancestral && step % 2 == 1;
    }

    /** The noise level of a state's sample. */
    private double level(WalkState state) {
        int step = state.step();
        return step % 2 == 0 ? sigma(step) : middles[step / 2];
    }

    @Override
    public INDArray input(WalkState state) {
        double level = level(state);
        return state.sample().div(Math.sqrt(level * level + 1));
    }

    @Override
    public WalkState advance(WalkState state, INDArray modelOutput, INDArray noise) {
        int interval = Objects.checkIndex(state.step(), points.timesteps().length) / 2;
        INDArray sample = state.sample();
        Checks.shape("model output", modelOutput, sample);
        double level = level(state);
        INDArray denoised = denoised(prediction, modelOutput, sample, level);
        if (state.step() % 2 == 0) {
            double ratio = middles[interval] / level;
            INDArray next = LinearCombination.of(ratio, sample, 1 - ratio, denoised);
            return state.next(next, denoised, List.of(sample));
        }
        double length = intervals[interval].down() - sigma(state.step() - 1);
        INDArray derivative = sample.sub(denoised).divi(level);
        INDArray next = LinearCombination.of(1, state.history().get(0), length, derivative);
        derivative.close();
        if (ancestral) {
            Checks.shape("noise", noise, sample);
            LinearCombination.add(next, intervals[interval].up(), noise);
        }
        return state.next(next, denoised);
    }
}
