package org.diffusion4j.diffusion.sampler;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import java.util.Objects;
import org.diffusion4j.config.OrNull;
import org.diffusion4j.diffusion.LinearCombination;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.BetaSchedule;
import org.diffusion4j.diffusion.schedule.SigmaSpacing;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Heun's method: Karras et al. 2022 (arXiv:2206.00364), algorithm 1. Every sigma but the first is visited twice: the second
 * visit goes back to the sample before it and follows the mean of both derivatives. Diffusers' {@code
 * HeunDiscreteScheduler}.
 *
 * @param numTrainTimesteps how many timesteps the network was trained on, 1 to 1,000,000
 * @param betaStart the first beta, in [0, 1]
 * @param betaEnd the last beta, in [0, 1]
 * @param betaSchedule how the betas get from start to end
 * @param trainedBetas the betas themselves, each in [0, 1], in place of a schedule; may be null
 * @param predictionType what the network predicts
 * @param useKarrasSigmas whether the sigmas are spaced as Karras et al. 2022 have them
 * @param useExponentialSigmas whether the sigmas are spaced evenly in their logarithm
 * @param useBetaSigmas whether the sigmas are spaced by a beta distribution (Lee et al. 2024, arXiv:2407.12173)
 * @param clipSample whether the predicted clean sample is clipped
 * @param clipSampleRange the bound of clipping, which is to ± this number; above 0
 * @param timestepSpacing which training timesteps are visited
 * @param stepsOffset the number that is added to each leading timestep, at least 0 and below {@code numTrainTimesteps}
 */
@RecordBuilder
public record HeunConfig(
        int numTrainTimesteps,
        double betaStart,
        double betaEnd,
        BetaSchedule betaSchedule,
        @OrNull List<Double> trainedBetas,
        Prediction predictionType,
        boolean useKarrasSigmas,
        boolean useExponentialSigmas,
        boolean useBetaSigmas,
        boolean clipSample,
        double clipSampleRange,
        TimestepSpacing timestepSpacing,
        int stepsOffset)
        implements SigmaSchedulerConfig, SigmaSpacing, ClipOptions, HeunConfigBuilder.With {
    /** Checks every option; the message of a failure names it as diffusers' JSON does. */
    public HeunConfig {
        trainedBetas =
                Checks.betas(SchedulerKind.HEUN, numTrainTimesteps, betaStart, betaEnd, betaSchedule, trainedBetas);
        Checks.oneSigmaSpacing(useKarrasSigmas, useExponentialSigmas, useBetaSigmas);
        Checks.positive("clip_sample_range", clipSampleRange);
        Checks.stepsOffset(stepsOffset, numTrainTimesteps);
    }

    /** Diffusers' defaults. */
    public HeunConfig() {
        this(
                1000,
                0.00085,
                0.012,
                BetaSchedule.LINEAR,
                null,
                Prediction.EPSILON,
                false,
                false,
                false,
                false,
                1,
                TimestepSpacing.LINSPACE,
                0);
    }

    @Override
    public SchedulerKind kind() {
        return SchedulerKind.HEUN;
    }

    @Override
    public Sampler sampler(Steps steps) {
        steps.requireNumberOrTimesteps(kind());
        return new HeunSampler(this, steps);
    }

    /** The history after a first visit is the derivative of that step, then the sample before it. */
    private static final class HeunSampler extends SigmaSampler {
        private final HeunConfig config;

        HeunSampler(HeunConfig config, Steps steps) {
            super(SigmaPoints.toZero(config, steps).doubled(), config.timestepSpacing);
            this.config = config;
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

        @Override
        public WalkState advance(WalkState state, INDArray modelOutput, INDArray noise) {
            INDArray sample = state.sample();
            Checks.shape("model output", modelOutput, sample);
            double sigma = sigma(state.step());
            INDArray denoised = Clipping.clip(config, denoised(config.predictionType, modelOutput, sample, sigma));
            INDArray derivative = sample.sub(denoised).divi(sigma);
            if (state.history().isEmpty()) {
                double length = sigma(state.step() + 1) - sigma;
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
}
