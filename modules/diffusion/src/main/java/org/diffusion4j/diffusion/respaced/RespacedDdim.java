package org.diffusion4j.diffusion.respaced;

import static org.diffusion4j.Requirement.require;

import org.diffusion4j.diffusion.LinearCombination;
import org.diffusion4j.diffusion.sampler.WalkState;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * DDIM: Song et al. 2021 (arXiv:2010.02502), equation 12, with the noise that fits the clipped clean sample. A classifier's gradient
 * changes the noise: Dhariwal and Nichol 2021 (arXiv:2105.05233), algorithm 2; the clean sample isn't clipped again then.
 */
public final class RespacedDdim extends RespacedSampler {
    private final double eta;

    /**
     * Makes a sampler.
     *
     * @param process the steps
     * @param output what the network gives; a learned variance has no effect
     * @param clip whether the predicted clean sample is clipped to ±1
     * @param eta how much noise a step adds, from 0 for none; 1 is as much as a step of DDPM
     */
    public RespacedDdim(RespacedProcess process, StepOutput output, boolean clip, double eta) {
        super(process, output, clip);
        require(eta >= 0 && eta <= 1, "eta", "a number in [0, 1]", eta);
        this.eta = eta;
    }

    @Override
    public boolean drawsNoise(int step) {
        return index(step) > 0 && eta > 0;
    }

    @Override
    public WalkState advance(WalkState state, INDArray modelOutput, INDArray noise) {
        int index = index(state.step());
        INDArray sample = state.sample();
        output.check(modelOutput, sample);
        INDArray denoised = denoised(index, sample, modelOutput);
        double share = process.alphaCumprod(index);
        double before = process.alphaCumprodBefore(index);
        INDArray direction = process.noiseOf(index, sample, denoised);
        if (output.guided()) {
            LinearCombination.add(direction, -Math.sqrt(1 - share), output.gradient(modelOutput, sample));
            denoised = process.denoisedOfNoise(index, sample, direction);
        }
        double sigma = eta * Math.sqrt((1 - before) / (1 - share)) * Math.sqrt(1 - share / before);
        // Rounding may make the difference negative, which has no root.
        double along = Math.sqrt(Math.max(1 - before - sigma * sigma, 0));
        INDArray next = LinearCombination.of(Math.sqrt(before), denoised, along, direction);
        if (drawsNoise(state.step())) {
            requireNoise(noise, sample);
            LinearCombination.add(next, sigma, noise);
        }
        return next(state, next, denoised);
    }
}
