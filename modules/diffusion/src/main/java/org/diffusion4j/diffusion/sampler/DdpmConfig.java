package org.diffusion4j.diffusion.sampler;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.config.OrNull;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.BetaSchedule;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;
import org.diffusion4j.diffusion.schedule.VarianceType;

/**
 * Ancestral sampling: Ho et al. 2020 (arXiv:2006.11239), algorithm 2, in the form of equation 7, which uses the predicted
 * clean sample. Diffusers' {@code DDPMScheduler}.
 *
 * @param numTrainTimesteps how many timesteps the network was trained on, 1 to 1,000,000
 * @param betaStart the first beta, in [0, 1]
 * @param betaEnd the last beta, in [0, 1]
 * @param betaSchedule how the betas get from start to end
 * @param trainedBetas the betas themselves, each in [0, 1], in place of a schedule; may be null
 * @param varianceType the variance of a step's noise
 * @param clipSample whether the predicted clean sample is clipped; thresholding takes precedence
 * @param predictionType what the network predicts
 * @param thresholding whether the predicted clean sample is thresholded by its quantile
 * @param dynamicThresholdingRatio which quantile of a sample's absolute values is the threshold, in [0, 1]
 * @param clipSampleRange the bound of clipping, which is to ± this number; above 0
 * @param sampleMaxValue the largest threshold, above 0
 * @param timestepSpacing which training timesteps are visited
 * @param stepsOffset the number that is added to each leading timestep, at least 0 and below {@code numTrainTimesteps}
 * @param rescaleBetasZeroSnr whether the betas are rescaled so that the last timestep is only noise
 */
@RecordBuilder
public record DdpmConfig(
        int numTrainTimesteps,
        double betaStart,
        double betaEnd,
        BetaSchedule betaSchedule,
        @OrNull List<Double> trainedBetas,
        VarianceType varianceType,
        boolean clipSample,
        Prediction predictionType,
        boolean thresholding,
        double dynamicThresholdingRatio,
        double clipSampleRange,
        double sampleMaxValue,
        TimestepSpacing timestepSpacing,
        int stepsOffset,
        boolean rescaleBetasZeroSnr)
        implements BetaSchedulerConfig, ClipOptions, ThresholdOptions, DdpmConfigBuilder.With {
    /** Checks every option; the message of a failure names it as diffusers' JSON does. */
    public DdpmConfig {
        trainedBetas =
                Checks.betas(SchedulerKind.DDPM, numTrainTimesteps, betaStart, betaEnd, betaSchedule, trainedBetas);
        Checks.positive("clip_sample_range", clipSampleRange);
        Checks.thresholding(dynamicThresholdingRatio, sampleMaxValue);
        Checks.stepsOffset(stepsOffset, numTrainTimesteps);
        Checks.zeroSnr(rescaleBetasZeroSnr, numTrainTimesteps);
    }

    /** Diffusers' defaults. */
    public DdpmConfig() {
        this(
                1000,
                0.0001,
                0.02,
                BetaSchedule.LINEAR,
                null,
                VarianceType.FIXED_SMALL,
                true,
                Prediction.EPSILON,
                false,
                0.995,
                1,
                1,
                TimestepSpacing.LEADING,
                0,
                false);
    }

    @Override
    public SchedulerKind kind() {
        return SchedulerKind.DDPM;
    }

    /** A {@code variance_type} of null, which schedulers that don't use it write, is read as {@code fixed_small}. */
    @Override
    public SchedulerConfig with(Map<String, ?> changes) {
        Map<String, Object> named = new HashMap<>(changes);
        named.replace("variance_type", null, VarianceType.FIXED_SMALL.configName());
        return BetaSchedulerConfig.super.with(named);
    }

    @Override
    public Sampler sampler(Steps steps) {
        steps.requireNumberOrTimesteps(kind());
        return new DdpmSampler(
                this,
                steps.timesteps() == null
                        ? spacedTimesteps(steps.number())
                        : Checks.givenTimesteps(steps.timesteps(), numTrainTimesteps));
    }
}
