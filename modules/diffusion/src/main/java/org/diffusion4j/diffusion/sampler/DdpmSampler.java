package org.diffusion4j.diffusion.sampler;

import org.diffusion4j.diffusion.LinearCombination;
import org.diffusion4j.diffusion.schedule.VarianceType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * The steps of {@link DdpmConfig}. The scalars are computed in float, in the order of diffusers' {@code DDPMScheduler}.
 * Every step adds noise unless it is at timestep 0; so does a last step at another timestep.
 */
final class DdpmSampler extends AlphaSampler {
    /** Diffusers' lower bound, which keeps the logarithm finite. */
    private static final float MIN_VARIANCE = 1e-20f;

    private final DdpmConfig config;

    DdpmSampler(DdpmConfig config, long[] timesteps) {
        super(config.noise(), timesteps);
        this.config = config;
    }

    @Override
    public boolean drawsNoise(int step) {
        return timestep(step) > 0;
    }

    @Override
    public WalkState advance(WalkState state, INDArray modelOutput, INDArray noise) {
        int i = state.step();
        INDArray sample = state.sample();
        boolean drawsNoise = drawsNoise(i);
        boolean learned = config.varianceType().isLearned();
        INDArray prediction = learned ? channels(modelOutput, sample, 0) : modelOutput;
        Checks.shape("model output", prediction, sample);

        float alphaProd = alphaCumprod(timesteps[i]);
        boolean last = i + 1 == timesteps.length;
        float alphaProdPrev = last || timesteps[i + 1] < 0 ? 1 : alphaCumprod(timesteps[i + 1]);
        float betaProd = 1 - alphaProd;
        float betaProdPrev = 1 - alphaProdPrev;
        float alpha = alphaProd / alphaProdPrev;
        float beta = 1 - alpha;

        INDArray denoised =
                Clipping.thresholdOrClip(config, config.predictionType().denoised(prediction, sample, alphaProd));
        INDArray prevSample = LinearCombination.of(
                (float) Math.sqrt(alphaProdPrev) * beta / betaProd,
                denoised,
                (float) Math.sqrt(alpha) * betaProdPrev / betaProd,
                sample);
        if (drawsNoise) {
            Checks.shape("noise", noise, sample);
            float variance = Math.max(betaProdPrev / betaProd * beta, MIN_VARIANCE);
            if (learned) {
                prevSample.addi(learnedDeviation(channels(modelOutput, sample, 1), variance, beta)
                        .muli(noise));
            } else {
                LinearCombination.add(prevSample, fixedDeviation(variance, beta), noise);
            }
        }
        return state.next(prevSample, denoised);
    }

    private double fixedDeviation(float variance, float beta) {
        return switch (config.varianceType()) {
            case FIXED_SMALL -> Math.sqrt(variance);
            case FIXED_SMALL_LOG -> Math.exp(0.5f * (float) Math.log(variance));
            case FIXED_LARGE -> Math.sqrt(beta);
            case LEARNED, LEARNED_RANGE -> throw new IllegalStateException("a learned variance is not fixed");
        };
    }

    /** The standard deviation that the second half of the model output's channels gives. */
    private INDArray learnedDeviation(INDArray predicted, float variance, float beta) {
        if (config.varianceType() == VarianceType.LEARNED) {
            return Transforms.sqrt(predicted, true);
        }
        float minLog = (float) Math.log(variance);
        float maxLog = (float) Math.log(beta);
        INDArray logVariance = predicted.add(1).muli((maxLog - minLog) / 2).addi(minLog);
        return Transforms.exp(logVariance.muli(0.5), false);
    }

    /** The first or the second half of the channels. */
    static INDArray channels(INDArray modelOutput, INDArray sample, int half) {
        long channels = sample.size(1);
        if (modelOutput.size(1) != 2 * channels) {
            throw new IllegalArgumentException("model output: expected " + 2 * channels
                    + " channels, the second half for the learned variance, found " + modelOutput.size(1));
        }
        INDArrayIndex[] indices = NDArrayIndex.createCoveringShape(modelOutput.shape());
        indices[1] = NDArrayIndex.interval(half * channels, (half + 1) * channels);
        return modelOutput.get(indices);
    }
}
