package org.diffusion4j.diffusion.sampler;

import java.util.Objects;
import java.util.stream.LongStream;
import org.diffusion4j.diffusion.LinearCombination;
import org.diffusion4j.diffusion.schedule.SchedulerConfig;
import org.diffusion4j.diffusion.schedule.SchedulerKind;
import org.diffusion4j.diffusion.schedule.VarianceType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Ancestral sampling: Ho et al. 2020 (arXiv:2006.11239), algorithm 2, in the form of equation 7, by way of the predicted
 * clean sample. The scalars are computed in float, in the order of diffusers' {@code DDPMScheduler}. Noise comes with every
 * step but one at timestep 0, also with a last one that stops short of it.
 */
public final class DdpmSampler implements Sampler {
    /** Diffusers' floor, for the logarithm's sake. */
    private static final float MIN_VARIANCE = 1e-20f;

    private final SchedulerConfig config;
    private final Walk walk;

    /**
     * Visits every training timestep.
     *
     * @param config a DDPM configuration
     * @throws IllegalArgumentException if the configuration is another scheduler's
     */
    public DdpmSampler(SchedulerConfig config) {
        this(
                config,
                LongStream.range(0, config.numTrainTimesteps())
                        .map(t -> config.numTrainTimesteps() - 1 - t)
                        .toArray());
    }

    /**
     * Visits timesteps spaced as the configuration says.
     *
     * @param config a DDPM configuration
     * @param numInferenceSteps how many, from 1 to {@code num_train_timesteps}
     * @throws IllegalArgumentException if the number is out of range or the configuration another scheduler's
     */
    public DdpmSampler(SchedulerConfig config, int numInferenceSteps) {
        this.config = config;
        walk = Walk.of(SchedulerKind.DDPM, config, numInferenceSteps);
    }

    /**
     * Visits just these timesteps.
     *
     * @param config a DDPM configuration
     * @param timesteps at least one, descending, each from 0 to {@code num_train_timesteps} − 1
     * @throws IllegalArgumentException if the timesteps are not so or the configuration is another scheduler's
     */
    public DdpmSampler(SchedulerConfig config, long[] timesteps) {
        this.config = config;
        walk = Walk.of(SchedulerKind.DDPM, config, timesteps);
    }

    @Override
    public long[] timesteps() {
        return walk.timesteps().clone();
    }

    @Override
    public boolean drawsNoise(int i) {
        return walk.timesteps()[Objects.checkIndex(i, walk.timesteps().length)] > 0;
    }

    @Override
    public Step step(INDArray modelOutput, int i, INDArray sample, INDArray noise) {
        boolean drawsNoise = drawsNoise(i);
        boolean learned = config.varianceType().isLearned();
        INDArray prediction = learned ? channels(modelOutput, sample, 0) : modelOutput;
        Walk.requireShape("model output", prediction, sample);

        float alphaProd = walk.alphaCumprod(walk.timesteps()[i]);
        boolean last = i + 1 == walk.timesteps().length;
        float alphaProdPrev = last || walk.timesteps()[i + 1] < 0 ? 1 : walk.alphaCumprod(walk.timesteps()[i + 1]);
        float betaProd = 1 - alphaProd;
        float betaProdPrev = 1 - alphaProdPrev;
        float alpha = alphaProd / alphaProdPrev;
        float beta = 1 - alpha;

        INDArray denoised = Clipping.apply(config, config.predictionType().denoised(prediction, sample, alphaProd));
        INDArray prevSample = LinearCombination.of(
                (float) Math.sqrt(alphaProdPrev) * beta / betaProd,
                denoised,
                (float) Math.sqrt(alpha) * betaProdPrev / betaProd,
                sample);
        if (drawsNoise) {
            Walk.requireShape("noise", noise, sample);
            float variance = Math.max(betaProdPrev / betaProd * beta, MIN_VARIANCE);
            if (learned) {
                prevSample.addi(learnedDeviation(channels(modelOutput, sample, 1), variance, beta)
                        .muli(noise));
            } else {
                LinearCombination.add(prevSample, fixedDeviation(variance, beta), noise);
            }
        }
        return new Step(prevSample, denoised);
    }

    private double fixedDeviation(float variance, float beta) {
        return switch (config.varianceType()) {
            case FIXED_SMALL -> Math.sqrt(variance);
            case FIXED_SMALL_LOG -> Math.exp(0.5f * (float) Math.log(variance));
            case FIXED_LARGE -> Math.sqrt(beta);
            case LEARNED, LEARNED_RANGE -> throw new IllegalStateException("a learned variance is not fixed");
        };
    }

    /** The standard deviation from the second half of the model output's channels. */
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
    private static INDArray channels(INDArray modelOutput, INDArray sample, int half) {
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
