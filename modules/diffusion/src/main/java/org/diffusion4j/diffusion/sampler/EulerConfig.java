package org.diffusion4j.diffusion.sampler;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import org.diffusion4j.config.ConfigName;
import org.diffusion4j.config.OrNull;
import org.diffusion4j.diffusion.CallArgument;
import org.diffusion4j.diffusion.LinearCombination;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.BetaSchedule;
import org.diffusion4j.diffusion.schedule.FinalSigma;
import org.diffusion4j.diffusion.schedule.NoiseSchedule;
import org.diffusion4j.diffusion.schedule.SigmaSpacing;
import org.diffusion4j.diffusion.schedule.Sigmas;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Euler's method, optionally with churn: Karras et al. 2022 (arXiv:2206.00364), algorithm 2 without the correction.
 * Diffusers' {@code EulerDiscreteScheduler}.
 *
 * @param numTrainTimesteps how many timesteps the network was trained on, 1 to 1,000,000
 * @param betaStart the first beta, in [0, 1]
 * @param betaEnd the last beta, in [0, 1]
 * @param betaSchedule how the betas get from start to end
 * @param trainedBetas the betas themselves, each in [0, 1], in place of a schedule; may be null
 * @param predictionType what the network predicts
 * @param interpolationType how sigmas between timesteps are found
 * @param useKarrasSigmas whether the sigmas are spaced as Karras et al. have them
 * @param useExponentialSigmas whether the sigmas are spaced evenly in their logarithm
 * @param useBetaSigmas whether the sigmas are spaced by a beta distribution (Lee et al. 2024, arXiv:2407.12173)
 * @param sigmaMin the least of the Karras, exponential or beta sigmas; null for the schedule's
 * @param sigmaMax the largest of them; null for the schedule's
 * @param timestepSpacing which training timesteps are visited
 * @param timestepType what the network is given: the timestep, or with {@code v_prediction} ln(σ)/4
 * @param stepsOffset the number that is added to each leading timestep, at least 0 and below {@code numTrainTimesteps}
 * @param rescaleBetasZeroSnr whether the betas are rescaled so that the last timestep is nearly only noise
 * @param finalSigmasType the noise after the last step
 * @param sChurn how much new noise is added over the whole walk, at least 0
 * @param sTmin the least σ at which noise is added
 * @param sTmax the largest σ at which noise is added
 * @param sNoise the standard deviation of the added noise
 */
@RecordBuilder
public record EulerConfig(
        int numTrainTimesteps,
        double betaStart,
        double betaEnd,
        BetaSchedule betaSchedule,
        @OrNull List<Double> trainedBetas,
        Prediction predictionType,
        InterpolationType interpolationType,
        boolean useKarrasSigmas,
        boolean useExponentialSigmas,
        boolean useBetaSigmas,
        Double sigmaMin,
        Double sigmaMax,
        TimestepSpacing timestepSpacing,
        TimestepType timestepType,
        int stepsOffset,
        boolean rescaleBetasZeroSnr,
        FinalSigma finalSigmasType,
        @CallArgument double sChurn,
        @CallArgument double sTmin,
        @CallArgument double sTmax,
        @CallArgument double sNoise)
        implements SigmaSchedulerConfig, SigmaSpacing, EulerConfigBuilder.With {
    /** How sigmas between timesteps are found. */
    public enum InterpolationType implements ConfigName {
        /** By linear interpolation between those of the two nearest timesteps. */
        LINEAR,
        /** Evenly in their logarithm, from the largest to the least of the schedule. */
        LOG_LINEAR
    }

    /** What the network is given as its timestep. */
    public enum TimestepType implements ConfigName {
        /** The timestep. */
        DISCRETE,
        /** ln(σ)/4 if the network predicts v; otherwise the timestep. */
        CONTINUOUS
    }

    /** Checks every option; the message of a failure names it as diffusers' JSON does. */
    public EulerConfig {
        trainedBetas =
                Checks.betas(SchedulerKind.EULER, numTrainTimesteps, betaStart, betaEnd, betaSchedule, trainedBetas);
        Checks.stepsOffset(stepsOffset, numTrainTimesteps);
        Checks.zeroSnr(rescaleBetasZeroSnr, numTrainTimesteps);
        Checks.oneSigmaSpacing(useKarrasSigmas, useExponentialSigmas, useBetaSigmas);
        Checks.sigmaRange(sigmaMin, sigmaMax);
        Checks.churn(sChurn, sTmin, sTmax, sNoise);
    }

    /** Diffusers' defaults. */
    public EulerConfig() {
        this(
                1000,
                0.0001,
                0.02,
                BetaSchedule.LINEAR,
                null,
                Prediction.EPSILON,
                InterpolationType.LINEAR,
                false,
                false,
                false,
                null,
                null,
                TimestepSpacing.LINSPACE,
                TimestepType.DISCRETE,
                0,
                false,
                FinalSigma.ZERO,
                0,
                0,
                Double.POSITIVE_INFINITY,
                1);
    }

    @Override
    public SchedulerKind kind() {
        return SchedulerKind.EULER;
    }

    @Override
    public Sampler sampler(Steps steps) {
        steps.requireNoConsistency(kind());
        return new EulerSampler(this, steps);
    }

    private boolean givesLogSigmas() {
        return timestepType == TimestepType.CONTINUOUS && predictionType == Prediction.V_PREDICTION;
    }

    private static final class EulerSampler extends SigmaSampler {
        private final EulerConfig config;

        EulerSampler(EulerConfig config, Steps steps) {
            super(points(config, steps), config.timestepSpacing);
            this.config = config;
        }

        private static SigmaPoints points(EulerConfig config, Steps steps) {
            NoiseSchedule schedule = config.noise().withFiniteSigmas();
            double[] table = schedule.sigmas();
            SigmaPoints points =
                    steps.sigmas() != null ? SigmaPoints.ofSigmas(table, steps.sigmas()) : spaced(config, table, steps);
            return config.givesLogSigmas() ? points.withLogSigmas() : points;
        }

        private static SigmaPoints spaced(EulerConfig config, double[] table, Steps steps) {
            if (steps.timesteps() != null) {
                Checks.noTimesteps(config.kind(), config.spacesSigmas() || config.givesLogSigmas());
            }
            double[] timesteps = config.timesteps(steps);
            double[] sigmas = config.interpolationType == InterpolationType.LINEAR
                    ? Sigmas.at(table, timesteps)
                    : Sigmas.logLinear(table[table.length - 1], table[0], timesteps.length + 1);
            double last = config.finalSigmasType == FinalSigma.ZERO ? 0 : table[0];
            if (!config.spacesSigmas()) {
                return SigmaPoints.at(timesteps, sigmas, last);
            }
            double min = config.sigmaMin == null ? sigmas[sigmas.length - 1] : config.sigmaMin;
            double max = config.sigmaMax == null ? sigmas[0] : config.sigmaMax;
            return SigmaPoints.spaced(config, table, min, max, steps.number(), last);
        }

        @Override
        public boolean drawsNoise(int step) {
            return gamma(step) > 0;
        }

        private double gamma(int step) {
            double sigma = sigma(step);
            return sigma >= config.sTmin && sigma <= config.sTmax
                    ? Math.min(config.sChurn / (points.sigmas().length - 1), Math.sqrt(2) - 1)
                    : 0;
        }

        @Override
        public WalkState advance(WalkState state, INDArray modelOutput, INDArray noise) {
            double sigma = sigma(state.step());
            double gamma = gamma(state.step());
            double sigmaHat = sigma * (gamma + 1);
            Checks.shape("model output", modelOutput, state.sample());
            INDArray sample = state.sample();
            if (gamma > 0) {
                Checks.shape("noise", noise, sample);
                double added = config.sNoise * Math.sqrt(sigmaHat * sigmaHat - sigma * sigma);
                sample = LinearCombination.of(1, sample, added, noise);
            }
            // Diffusers scales v by the sigma before churn.
            double level = config.predictionType == Prediction.EPSILON ? sigmaHat : sigma;
            INDArray denoised = denoised(config.predictionType, modelOutput, sample, level);
            double ratio = sigma(state.step() + 1) / sigmaHat;
            INDArray next = LinearCombination.of(ratio, sample, 1 - ratio, denoised);
            if (gamma > 0) {
                sample.close();
            }
            return state.next(next, denoised);
        }
    }
}
