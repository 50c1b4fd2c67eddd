package org.diffusion4j.diffusion.sampler;

import static org.diffusion4j.Requirement.require;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import org.diffusion4j.config.OrNull;
import org.diffusion4j.diffusion.CallArgument;
import org.diffusion4j.diffusion.LinearCombination;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.BetaSchedule;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Trajectory consistency distillation: Zheng et al. 2024 (arXiv:2402.19159), algorithm 4. Diffusers' {@code TCDScheduler}.
 * A step goes beyond the next timestep and comes back to it with new noise. The last step goes to training timestep 0 and
 * leaves its noise in the sample. The predicted clean sample is neither clipped nor thresholded, whatever the options say,
 * as in diffusers. Where {@link Steps#originalInferenceSteps()} is given, the timesteps are spaced over all training
 * timesteps.
 *
 * @param numTrainTimesteps how many timesteps the network was trained on, 1 to 1,000,000
 * @param betaStart the first beta, in [0, 1]
 * @param betaEnd the last beta, in [0, 1]
 * @param betaSchedule how the betas get from start to end
 * @param trainedBetas the betas themselves, each in [0, 1], in place of a schedule; may be null
 * @param originalInferenceSteps how many timesteps the network was distilled over, at least 1
 * @param clipSample has no effect, as in diffusers
 * @param clipSampleRange the bound of clipping, which is to ± this number; above 0
 * @param setAlphaToOne has no effect, as in diffusers
 * @param stepsOffset has no effect, as in diffusers; at least 0 and below {@code numTrainTimesteps}
 * @param predictionType what the network predicts
 * @param thresholding has no effect, as in diffusers
 * @param dynamicThresholdingRatio which quantile of a sample's absolute values is the threshold, in [0, 1]
 * @param sampleMaxValue the largest threshold, above 0
 * @param timestepSpacing has no effect, as in diffusers
 * @param timestepScaling has no effect, as in diffusers; any finite number
 * @param rescaleBetasZeroSnr whether the betas are rescaled so that the last timestep is only noise
 * @param eta how far beyond the next timestep a step goes (the paper's γ), from 0 (not at all, so that it draws no noise) to 1
 */
@RecordBuilder
public record TcdConfig(
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
        boolean rescaleBetasZeroSnr,
        @CallArgument double eta)
        implements BetaSchedulerConfig, TcdConfigBuilder.With {
    /** Checks every option; the message of a failure names it as diffusers' JSON does. */
    public TcdConfig {
        trainedBetas =
                Checks.betas(SchedulerKind.TCD, numTrainTimesteps, betaStart, betaEnd, betaSchedule, trainedBetas);
        require(originalInferenceSteps >= 1, "original_inference_steps", "at least 1", originalInferenceSteps);
        Checks.positive("clip_sample_range", clipSampleRange);
        Checks.stepsOffset(stepsOffset, numTrainTimesteps);
        Checks.thresholding(dynamicThresholdingRatio, sampleMaxValue);
        require(Double.isFinite(timestepScaling), "timestep_scaling", "a finite number", timestepScaling);
        Checks.zeroSnr(rescaleBetasZeroSnr, numTrainTimesteps);
        Checks.unit("eta", eta);
    }

    /** Diffusers' defaults. */
    public TcdConfig() {
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
                false,
                0.3);
    }

    @Override
    public SchedulerKind kind() {
        return SchedulerKind.TCD;
    }

    @Override
    public Sampler sampler(Steps steps) {
        steps.requireNoSigmas(kind());
        return new TcdSampler(
                this,
                steps.originalInferenceSteps() == null
                        ? ConsistencySteps.ofGrid(steps, numTrainTimesteps, originalInferenceSteps)
                        : ConsistencySteps.ofAll(steps, numTrainTimesteps, steps.originalInferenceSteps()));
    }

    private static final class TcdSampler extends AlphaSampler {
        private final TcdConfig config;
        private final ConsistencySteps steps;

        TcdSampler(TcdConfig config, ConsistencySteps steps) {
            super(config.noise(), steps.timesteps());
            this.config = config;
            this.steps = steps;
        }

        @Override
        public boolean drawsNoise(int step) {
            timestep(step);
            return config.eta > 0 && !steps.isLast(step);
        }

        @Override
        public WalkState advance(WalkState state, INDArray modelOutput, INDArray noise) {
            int i = state.step();
            INDArray sample = state.sample();
            boolean drawsNoise = drawsNoise(i);
            Checks.shape("model output", modelOutput, sample);

            float alpha = alphaCumprod(timestep(i));
            long next = i + 1 < timesteps.length ? timestep(i + 1) : 0;
            // This is computed in float like PyTorch, because the rounding decides.
            double alphaBeyond = alphaCumprod((long) Math.floor((float) (1 - config.eta) * next));

            INDArray denoised = config.predictionType.denoised(modelOutput, sample, alpha);
            INDArray epsilon = config.predictionType.epsilon(modelOutput, sample, alpha);
            INDArray nextSample =
                    LinearCombination.of(Math.sqrt(alphaBeyond), denoised, Math.sqrt(1 - alphaBeyond), epsilon);
            epsilon.close();
            if (drawsNoise) {
                Checks.shape("noise", noise, sample);
                double kept = alphaCumprod(next) / alphaBeyond;
                nextSample.muli(Math.sqrt(kept));
                LinearCombination.add(nextSample, Math.sqrt(1 - kept), noise);
            }
            return state.next(nextSample, denoised);
        }
    }
}
