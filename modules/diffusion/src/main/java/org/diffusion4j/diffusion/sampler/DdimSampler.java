package org.diffusion4j.diffusion.sampler;

import java.util.Objects;
import org.diffusion4j.diffusion.LinearCombination;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.SchedulerConfig;
import org.diffusion4j.diffusion.schedule.SchedulerKind;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Implicit sampling: Song et al. 2021 (arXiv:2010.02502), equations 12 and 16. The scalars are computed in float, in the
 * order of diffusers' {@code DDIMScheduler}. A step goes to the timestep {@code num_train_timesteps} / steps below, whatever
 * the spacing, so that only with leading timesteps it is the one visited next.
 */
public final class DdimSampler implements Sampler {
    private final SchedulerConfig config;
    private final Walk walk;
    private final int stride;
    private final float eta;
    private final boolean useClippedModelOutput;

    /**
     * Deterministic steps with the noise as predicted: diffusers' defaults.
     *
     * @param config a DDIM configuration
     * @param numInferenceSteps how many, from 1 to {@code num_train_timesteps}
     * @throws IllegalArgumentException if the number is out of range or the configuration another scheduler's
     */
    public DdimSampler(SchedulerConfig config, int numInferenceSteps) {
        this(config, numInferenceSteps, 0, false);
    }

    /**
     * Steps as random as said.
     *
     * @param config a DDIM configuration
     * @param numInferenceSteps how many, from 1 to {@code num_train_timesteps}
     * @param eta η, from 0 (deterministic) to 1 (as random as DDPM); above 0 every step draws noise, the last one, too
     * @param useClippedModelOutput whether the noise is computed anew from the clipped clean sample, so that the two belong
     *     together; with guidance the pictures are much better for it, without a clip it changes nothing
     * @throws IllegalArgumentException if a number is out of range or the configuration another scheduler's
     */
    public DdimSampler(SchedulerConfig config, int numInferenceSteps, double eta, boolean useClippedModelOutput) {
        if (!(eta >= 0 && eta <= 1)) {
            throw new IllegalArgumentException("eta: expected a number in [0, 1], found " + eta);
        }
        this.config = config;
        walk = Walk.of(SchedulerKind.DDIM, config, numInferenceSteps);
        stride = config.numTrainTimesteps() / numInferenceSteps;
        this.eta = (float) eta;
        this.useClippedModelOutput = useClippedModelOutput;
    }

    @Override
    public long[] timesteps() {
        return walk.timesteps().clone();
    }

    @Override
    public boolean drawsNoise(int i) {
        Objects.checkIndex(i, walk.timesteps().length);
        return eta > 0;
    }

    @Override
    public Step step(INDArray modelOutput, int i, INDArray sample, INDArray noise) {
        boolean drawsNoise = drawsNoise(i);
        Walk.requireShape("model output", modelOutput, sample);

        long timestep = walk.timesteps()[i];
        float alphaProd = walk.alphaCumprod(timestep);
        float alphaProdPrev = timestep >= stride ? walk.alphaCumprod(timestep - stride) : finalAlphaProd();
        float betaProd = 1 - alphaProd;
        float betaProdPrev = 1 - alphaProdPrev;
        float variance = betaProdPrev / betaProd * (1 - alphaProd / alphaProdPrev);
        float sigma = eta * (float) Math.sqrt(variance);
        // At η = 1 and zero SNR the difference is 0 but for its rounding, whose root may not exist.
        float direction = (float) Math.sqrt(Math.max(betaProdPrev - sigma * sigma, 0));

        Prediction prediction = config.predictionType();
        INDArray denoised = Clipping.apply(config, prediction.denoised(modelOutput, sample, alphaProd));
        INDArray epsilon = useClippedModelOutput
                ? Prediction.epsilonFrom(denoised, sample, alphaProd)
                : prediction.epsilon(modelOutput, sample, alphaProd);
        INDArray prevSample = LinearCombination.of((float) Math.sqrt(alphaProdPrev), denoised, direction, epsilon);
        if (epsilon.closeable()) {
            epsilon.close();
        }
        if (drawsNoise) {
            Walk.requireShape("noise", noise, sample);
            LinearCombination.add(prevSample, sigma, noise);
        }
        return new Step(prevSample, denoised);
    }

    private float finalAlphaProd() {
        return config.setAlphaToOne() ? 1 : walk.alphaCumprod(0);
    }
}
