package org.diffusion4j.diffusion.sampler;

import static org.diffusion4j.Requirement.require;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import org.diffusion4j.config.OrNull;
import org.diffusion4j.diffusion.LinearCombination;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.BetaSchedule;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Latent consistency models: Luo et al. 2023 (arXiv:2310.04378), algorithm 3. Diffusers' {@code LCMScheduler}. Each step
 * predicts the clean sample and, unless it is the last, adds new noise to it.
 *
 * @param numTrainTimesteps how many timesteps the network was trained on, 1 to 1,000,000
 * @param betaStart the first beta, in [0, 1]
 * @param betaEnd the last beta, in [0, 1]
 * @param betaSchedule how the betas get from start to end
 * @param trainedBetas the betas themselves, each in [0, 1], in place of a schedule; may be null
 * @param originalInferenceSteps how many timesteps the network was distilled over, at least 1
 * @param clipSample whether the predicted clean sample is clipped; thresholding takes precedence
 * @param clipSampleRange the bound of clipping, which is to ± this number; above 0
 * @param setAlphaToOne has no effect, as in diffusers
 * @param stepsOffset has no effect, as in diffusers; at least 0 and below {@code numTrainTimesteps}
 * @param predictionType what the network predicts
 * @param thresholding whether the predicted clean sample is thresholded by its quantile
 * @param dynamicThresholdingRatio which quantile of a sample's absolute values is the threshold, in [0, 1]
 * @param sampleMaxValue the largest threshold, above 0
 * @param timestepSpacing has no effect, as in diffusers
 * @param timestepScaling what a timestep is multiplied by where the weights of the network's prediction and of the sample
 *     are computed (appendix D); any finite number
 * @param rescaleBetasZeroSnr whether the betas are rescaled so that the last timestep is only noise
 */
@RecordBuilder
public record LcmConfig(
        int numTrainTimesteps,
        double betaStart,
        double betaEnd,
        BetaSchedule betaSchedule,
        @OrNull List<Double> trainedBetas,
        int originalInferenceSteps,
        boolean clipSample,
        double clipSampleRange,
        boolean setAlphaToOne,
        int stepsOffset,
        Prediction predictionType,
        boolean thresholding,
        double dynamicThresholdingRatio,
        double sampleMaxValue,
        TimestepSpacing timestepSpacing,
        double timestepScaling,
        boolean rescaleBetasZeroSnr)
        implements BetaSchedulerConfig, ClipOptions, ThresholdOptions, LcmConfigBuilder.With {
    /** Checks every option; the message of a failure names it as diffusers' JSON does. */
    public LcmConfig {
        trainedBetas =
                Checks.betas(SchedulerKind.LCM, numTrainTimesteps, betaStart, betaEnd, betaSchedule, trainedBetas);
        require(originalInferenceSteps >= 1, "original_inference_steps", "at least 1", originalInferenceSteps);
        Checks.positive("clip_sample_range", clipSampleRange);
        Checks.stepsOffset(stepsOffset, numTrainTimesteps);
        Checks.thresholding(dynamicThresholdingRatio, sampleMaxValue);
        require(Double.isFinite(timestepScaling), "timestep_scaling", "a finite number", timestepScaling);
        Checks.zeroSnr(rescaleBetasZeroSnr, numTrainTimesteps);
    }

    /** Diffusers' defaults. */
    public LcmConfig() {
        this(
                1000,
                0.00085,
                0.012,
                BetaSchedule.SCALED_LINEAR,
                null,
                50,
                false,
                1,
                true,
                0,
                Prediction.EPSILON,
                false,
                0.995,
                1,
                TimestepSpacing.LEADING,
                10,
                false);
    }

    @Override
    public SchedulerKind kind() {
        return SchedulerKind.LCM;
    }

    @Override
    public Sampler sampler(Steps steps) {
        steps.requireNoSigmas(kind());
        return new LcmSampler(this, ConsistencySteps.ofGrid(steps, numTrainTimesteps, originalInferenceSteps));
    }

    private static final class LcmSampler extends AlphaSampler {
        private final LcmConfig config;
        private final ConsistencySteps steps;

        LcmSampler(LcmConfig config, ConsistencySteps steps) {
            super(config.noise(), steps.timesteps());
            this.config = config;
            this.steps = steps;
        }

        @Override
        public boolean drawsNoise(int step) {
            timestep(step);
            return !steps.isLast(step);
        }

        @Override
        public WalkState advance(WalkState state, INDArray modelOutput, INDArray noise) {
            int i = state.step();
            INDArray sample = state.sample();
            boolean drawsNoise = drawsNoise(i);
            Checks.shape("model output", modelOutput, sample);

            INDArray predicted = Clipping.thresholdOrClip(
                    config, config.predictionType().denoised(modelOutput, sample, alphaCumprod(timestep(i))));
            ConsistencyWeights weights = ConsistencyWeights.at(timestep(i), config.timestepScaling);
            INDArray denoised = LinearCombination.of(weights.predicted(), predicted, weights.sample(), sample);
            predicted.close();
            if (!drawsNoise) {
                return state.next(denoised, denoised);
            }
            Checks.shape("noise", noise, sample);
            double alphaNext = alphaCumprod(timestep(Math.min(i + 1, timesteps.length - 1)));
            return state.next(
                    LinearCombination.of(Math.sqrt(alphaNext), denoised, Math.sqrt(1 - alphaNext), noise), denoised);
        }
    }
}
