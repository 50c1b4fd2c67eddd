package org.diffusion4j.diffusion.respaced;

import org.diffusion4j.diffusion.sampler.WalkState;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Ancestral sampling with a variance that the network interpolates between its bounds: Nichol and Dhariwal 2021
 * (arXiv:2102.09672), section 3.1; with a network that doesn't, the variance is the larger bound. A classifier's gradient moves the
 * mean: Dhariwal and Nichol 2021 (arXiv:2105.05233), algorithm 1.
 */
public final class RespacedDdpm extends RespacedSampler {
    /**
     * Makes a sampler.
     *
     * @param process the steps
     * @param output what the network gives
     * @param clip whether the predicted clean sample is clipped to ±1
     */
    public RespacedDdpm(RespacedProcess process, StepOutput output, boolean clip) {
        super(process, output, clip);
    }

    @Override
    public boolean drawsNoise(int step) {
        return index(step) > 0;
    }

    /**
     * The distribution of the sample after a step.
     *
     * @param step from 0
     * @param sample before the step, [B,C,H,W]
     * @param modelOutput as for {@link #advance}
     * @return what the step draws from, moved by the classifier's gradient if there is one
     * @throws IllegalArgumentException if the output's shape isn't as described
     * @throws IndexOutOfBoundsException if there is no such step
     */
    public StepDistribution distribution(int step, INDArray sample, INDArray modelOutput) {
        int index = index(step);
        output.check(modelOutput, sample);
        INDArray denoised = denoised(index, sample, modelOutput);
        INDArray mean = process.posteriorMean(index, sample, denoised);
        INDArray logVariance = logVariance(index, sample, modelOutput);
        if (output.guided()) {
            mean.addi(Transforms.exp(logVariance, true).muli(output.gradient(modelOutput, sample)));
        }
        return new StepDistribution(denoised, mean, logVariance);
    }

    private INDArray logVariance(int index, INDArray sample, INDArray modelOutput) {
        double least = process.posteriorLogVarianceClipped()[index];
        double beta = process.betas()[index];
        if (output.learned()) {
            double most = Math.log(beta);
            return output.variance(modelOutput, sample)
                    .addi(1)
                    .muli((most - least) / 2)
                    .addi(least);
        }
        // At the end the smaller bound, which gives a better likelihood; nothing is drawn there.
        double fixed = index == 0 ? least : Math.log(beta);
        return sample.ulike().assign(fixed);
    }

    @Override
    public WalkState advance(WalkState state, INDArray modelOutput, INDArray noise) {
        INDArray sample = state.sample();
        StepDistribution distribution = distribution(state.step(), sample, modelOutput);
        INDArray next = distribution.mean();
        if (drawsNoise(state.step())) {
            requireNoise(noise, sample);
            next.addi(
                    Transforms.exp(distribution.logVariance().muli(0.5), false).muli(noise));
        }
        return next(state, next, distribution.denoised());
    }
}
