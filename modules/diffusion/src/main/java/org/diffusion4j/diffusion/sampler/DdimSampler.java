package org.diffusion4j.diffusion.sampler;

import org.diffusion4j.diffusion.LinearCombination;
import org.diffusion4j.diffusion.Prediction;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The steps of {@link DdimConfig}. The scalars are computed in float, in the order of diffusers' {@code DDIMScheduler}. A
 * step goes down by {@code num_train_timesteps} / steps timesteps, whatever the spacing, so the timestep that it reaches is
 * the next one visited only with leading timesteps.
 */
final class DdimSampler extends AlphaSampler {
    private final DdimConfig config;
    private final int stride;
    private final float eta;

    DdimSampler(DdimConfig config, int numInferenceSteps) {
        super(config.noise(), config.spacedTimesteps(numInferenceSteps));
        this.config = config;
        stride = config.numTrainTimesteps() / numInferenceSteps;
        eta = (float) config.eta();
    }

    @Override
    public boolean drawsNoise(int step) {
        timestep(step);
        return eta > 0;
    }

    @Override
    public WalkState advance(WalkState state, INDArray modelOutput, INDArray noise) {
        int i = state.step();
        INDArray sample = state.sample();
        boolean drawsNoise = drawsNoise(i);
        Checks.shape("model output", modelOutput, sample);

        long timestep = timestep(i);
        float alphaProd = alphaCumprod(timestep);
        float alphaProdPrev = timestep >= stride ? alphaCumprod(timestep - stride) : finalAlphaProd();
        float betaProd = 1 - alphaProd;
        float betaProdPrev = 1 - alphaProdPrev;
        float variance = betaProdPrev / betaProd * (1 - alphaProd / alphaProdPrev);
        float sigma = eta * (float) Math.sqrt(variance);
        // At η = 1 and zero SNR the difference is 0, but rounding may make it negative, and then it has no root.
        float direction = (float) Math.sqrt(Math.max(betaProdPrev - sigma * sigma, 0));

        Prediction prediction = config.predictionType();
        INDArray denoised = Clipping.thresholdOrClip(config, prediction.denoised(modelOutput, sample, alphaProd));
        INDArray epsilon = config.useClippedModelOutput()
                ? Prediction.epsilonFrom(denoised, sample, alphaProd)
                : prediction.epsilon(modelOutput, sample, alphaProd);
        INDArray prevSample = LinearCombination.of((float) Math.sqrt(alphaProdPrev), denoised, direction, epsilon);
        if (epsilon.closeable()) {
            epsilon.close();
        }
        if (drawsNoise) {
            Checks.shape("noise", noise, sample);
            LinearCombination.add(prevSample, sigma, noise);
        }
        return state.next(prevSample, denoised);
    }

    private float finalAlphaProd() {
        return config.setAlphaToOne() ? 1 : alphaCumprod(0);
    }
}
