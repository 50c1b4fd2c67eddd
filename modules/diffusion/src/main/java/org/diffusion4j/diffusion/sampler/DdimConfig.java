package org.diffusion4j.diffusion.sampler;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import org.diffusion4j.config.OrNull;
import org.diffusion4j.diffusion.CallArgument;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.BetaSchedule;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;

/**
 * Implicit sampling: Song et al. 2021 (arXiv:2010.02502), equations 12 and 16. Diffusers' {@code DDIMScheduler}.
 *
 * @param numTrainTimesteps how many timesteps the network was trained on, 1 to 1,000,000
 * @param betaStart the first beta, in [0, 1]
 * @param betaEnd the last beta, in [0, 1]
 * @param betaSchedule how the betas get from start to end; {@code laplace} and {@code sigmoid} are DDPM's only
 * @param trainedBetas the betas themselves, each in [0, 1], in place of a schedule; may be null
 * @param clipSample whether the predicted clean sample is clipped; thresholding takes precedence
 * @param setAlphaToOne whether the last step goes to no noise at all, instead of to the noise of timestep 0
 * @param stepsOffset the number that is added to each leading timestep, at least 0 and below {@code numTrainTimesteps}
 * @param predictionType what the network predicts
 * @param thresholding whether the predicted clean sample is thresholded by its quantile
 * @param dynamicThresholdingRatio which quantile of a sample's absolute values is the threshold, in [0, 1]
 * @param clipSampleRange the bound of clipping, which is to ± this number; above 0
 * @param sampleMaxValue the largest threshold, above 0
 * @param timestepSpacing which training timesteps are visited
 * @param rescaleBetasZeroSnr whether the betas are rescaled so that the last timestep is only noise
 * @param eta η, from 0 (deterministic) to 1 (as random as DDPM); above 0 every step draws noise, including the last one
 * @param useClippedModelOutput whether the noise is computed anew from the clipped clean sample, so that the two belong
 *     together; this makes guided pictures much better, and changes nothing if the sample isn't clipped
 */
@RecordBuilder
public record DdimConfig(
        int numTrainTimesteps,
        double betaStart,
        double betaEnd,
        BetaSchedule betaSchedule,
        @OrNull List<Double> trainedBetas,
        boolean clipSample,
        boolean setAlphaToOne,
        int stepsOffset,
        Prediction predictionType,
        boolean thresholding,
        double dynamicThresholdingRatio,
        double clipSampleRange,
        double sampleMaxValue,
        TimestepSpacing timestepSpacing,
        boolean rescaleBetasZeroSnr,
        @CallArgument double eta,
        @CallArgument boolean useClippedModelOutput)
        implements BetaSchedulerConfig, ClipOptions, ThresholdOptions, DdimConfigBuilder.With {
    /** Checks every option; the message of a failure names it as diffusers' JSON does. */
    public DdimConfig {
        trainedBetas =
                Checks.betas(SchedulerKind.DDIM, numTrainTimesteps, betaStart, betaEnd, betaSchedule, trainedBetas);
        Checks.positive("clip_sample_range", clipSampleRange);
        Checks.thresholding(dynamicThresholdingRatio, sampleMaxValue);
        Checks.stepsOffset(stepsOffset, numTrainTimesteps);
        Checks.zeroSnr(rescaleBetasZeroSnr, numTrainTimesteps);
        Checks.unit("eta", eta);
    }

    /** Diffusers' defaults. */
    public DdimConfig() {
        this(
                1000,
                0.0001,
                0.02,
                BetaSchedule.LINEAR,
                null,
                true,
                true,
                0,
                Prediction.EPSILON,
                false,
                0.995,
                1,
                1,
                TimestepSpacing.LEADING,
                false,
                0,
                false);
    }

    @Override
    public SchedulerKind kind() {
        return SchedulerKind.DDIM;
    }

    @Override
    public Sampler sampler(Steps steps) {
        steps.requireNumber(kind());
        return new DdimSampler(this, steps.number());
    }
}
