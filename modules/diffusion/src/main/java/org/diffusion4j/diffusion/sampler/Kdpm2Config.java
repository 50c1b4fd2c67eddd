package org.diffusion4j.diffusion.sampler;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import org.diffusion4j.config.OrNull;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.BetaSchedule;
import org.diffusion4j.diffusion.schedule.SigmaSpacing;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;

/**
 * The second order of DPM-Solver (Lu et al. 2022, arXiv:2206.00927), by sigmas: a step to the middle of each interval of log σ,
 * whose derivative then serves for the whole interval. K-diffusion's {@code sample_dpm_2}; diffusers'
 * {@code KDPM2DiscreteScheduler}.
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
public record Kdpm2Config(
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
        implements SigmaSchedulerConfig, SigmaSpacing, Kdpm2ConfigBuilder.With {
    /** Checks every option; the message of a failure names it as diffusers' JSON does. */
    public Kdpm2Config {
        trainedBetas =
                Checks.betas(SchedulerKind.KDPM2, numTrainTimesteps, betaStart, betaEnd, betaSchedule, trainedBetas);
        Checks.noSamplePrediction(SchedulerKind.KDPM2, predictionType);
        Checks.oneSigmaSpacing(useKarrasSigmas, useExponentialSigmas, useBetaSigmas);
        Checks.stepsOffset(stepsOffset, numTrainTimesteps);
    }

    /** Diffusers' defaults. */
    public Kdpm2Config() {
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
        return SchedulerKind.KDPM2;
    }

    @Override
    public Sampler sampler(Steps steps) {
        steps.requireNumber(kind());
        return Kdpm2Sampler.of(this, steps, false);
    }
}
