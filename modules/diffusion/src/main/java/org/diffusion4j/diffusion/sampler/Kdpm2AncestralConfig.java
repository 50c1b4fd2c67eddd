package org.diffusion4j.diffusion.sampler;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import org.diffusion4j.config.OrNull;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.BetaSchedule;
import org.diffusion4j.diffusion.schedule.SigmaSpacing;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;

/**
 * {@link Kdpm2Config} with new noise: each interval ends below the next noise level, and new noise brings the sample up to it.
 * K-diffusion's {@code sample_dpm_2_ancestral}; diffusers' {@code KDPM2AncestralDiscreteScheduler}.
 *
 * @param numTrainTimesteps how many timesteps the network was trained on, 1 to 1,000,000
 * @param betaStart the first beta, in [0, 1]
 * @param betaEnd the last beta, in [0, 1]
 * @param betaSchedule how the betas get from start to end
 * @param trainedBetas the betas themselves, each in [0, 1], in place of a schedule; may be null
 * @param useKarrasSigmas whether the sigmas are spaced as Karras et al. 2022 have them
 * @param useExponentialSigmas whether the sigmas are spaced evenly in their logarithm
 * @param useBetaSigmas whether the sigmas are spaced by a beta distribution (Lee et al. 2024, arXiv:2407.12173)
 * @param predictionType what the network predicts; it can't be the sample
 * @param timestepSpacing which training timesteps are visited
 * @param stepsOffset the number that is added to each leading timestep, at least 0 and below {@code numTrainTimesteps}
 */
@RecordBuilder
public record Kdpm2AncestralConfig(
        int numTrainTimesteps,
        double betaStart,
        double betaEnd,
        BetaSchedule betaSchedule,
        @OrNull List<Double> trainedBetas,
        boolean useKarrasSigmas,
        boolean useExponentialSigmas,
        boolean useBetaSigmas,
        Prediction predictionType,
        TimestepSpacing timestepSpacing,
        int stepsOffset)
        implements SigmaSchedulerConfig, SigmaSpacing, Kdpm2AncestralConfigBuilder.With {
    /** Checks every option; the message of a failure names it as diffusers' JSON does. */
    public Kdpm2AncestralConfig {
        trainedBetas = Checks.betas(
                SchedulerKind.KDPM2_ANCESTRAL, numTrainTimesteps, betaStart, betaEnd, betaSchedule, trainedBetas);
        Checks.noSamplePrediction(SchedulerKind.KDPM2_ANCESTRAL, predictionType);
        Checks.oneSigmaSpacing(useKarrasSigmas, useExponentialSigmas, useBetaSigmas);
        Checks.stepsOffset(stepsOffset, numTrainTimesteps);
    }

    /** Diffusers' defaults. */
    public Kdpm2AncestralConfig() {
        this(
                1000,
                0.00085,
                0.012,
                BetaSchedule.LINEAR,
                null,
                false,
                false,
                false,
                Prediction.EPSILON,
                TimestepSpacing.LINSPACE,
                0);
    }

    @Override
    public SchedulerKind kind() {
        return SchedulerKind.KDPM2_ANCESTRAL;
    }

    @Override
    public Sampler sampler(Steps steps) {
        steps.requireNumber(kind());
        return Kdpm2Sampler.of(this, steps, true);
    }
}
