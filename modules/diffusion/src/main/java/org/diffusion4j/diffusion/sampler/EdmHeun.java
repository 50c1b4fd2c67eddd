package org.diffusion4j.diffusion.sampler;

import java.util.List;
import java.util.Objects;
import org.diffusion4j.diffusion.LinearCombination;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Heun's method for networks of Karras et al. 2022 (arXiv:2206.00364, algorithm 1, which is algorithm 2 without churn): each
 * interval but the last is walked twice, so n steps need 2n − 1 predictions. It starts from noise of the standard deviation σ_max.
 * Diffusers has no such class.
 */
public final class EdmHeun extends EdmSampler {
    private final EdmEulerConfig config;
    private final boolean clips;

    /**
     * Makes a sampler.
     *
     * @param preconditioning how the network is wrapped
     * @param steps the number of intervals, at least 1
     * @param clips whether predicted clean samples are clipped to [-1, 1]
     * @throws IllegalArgumentException if the number of steps is out of range
     */
    public EdmHeun(Preconditioning preconditioning, int steps, boolean clips) {
        this(preconditioning.scheduler(), steps, clips);
    }

    private EdmHeun(EdmEulerConfig config, int steps, boolean clips) {
        super(config.points(steps).doubled(), config.sigmaData(), config.sigmaMax());
        this.config = config;
        this.clips = clips;
    }

    @Override
    public int order() {
        return 2;
    }

    @Override
    public boolean drawsNoise(int step) {
        Objects.checkIndex(step, points.timesteps().length);
        return false;
    }

    /** {@inheritDoc} The history after a first visit is the derivative of that step, then the sample before it. */
    @Override
    public WalkState advance(WalkState state, INDArray modelOutput, INDArray noise) {
        INDArray sample = state.sample();
        Checks.shape("model output", modelOutput, sample);
        double sigma = sigma(state.step());
        INDArray denoised = config.denoised(modelOutput, sample, sigma);
        if (clips) {
            Clipping.clip(denoised, 1);
        }
        INDArray derivative = LinearCombination.of(1 / sigma, sample, -1 / sigma, denoised);
        if (state.history().isEmpty()) {
            double length = points.sigmas()[state.step() + 1] - sigma;
            INDArray next = LinearCombination.of(1, sample, length, derivative);
            return state.next(next, denoised, List.of(derivative, sample));
        }
        double half = (sigma - sigma(state.step() - 1)) / 2;
        INDArray next = LinearCombination.of(
                1, state.history().get(1), half, state.history().get(0));
        LinearCombination.add(next, half, derivative);
        derivative.close();
        return state.next(next, denoised);
    }
}
