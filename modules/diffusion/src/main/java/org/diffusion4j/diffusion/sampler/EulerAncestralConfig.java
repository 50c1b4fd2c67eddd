package org.diffusion4j.diffusion.sampler;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import java.util.Objects;
import org.diffusion4j.config.OrNull;
import org.diffusion4j.diffusion.LinearCombination;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.BetaSchedule;
import org.diffusion4j.diffusion.schedule.Sigmas;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Euler's method with new noise, the ancestral sampling of k-diffusion: each step goes down below the next noise level, and
 * new noise brings the sample up to it. Diffusers' {@code EulerAncestralDiscreteScheduler}.
 *
 * @param numTrainTimesteps how many timesteps the network was trained on, 1 to 1,000,000
 * @param betaStart the first beta, in [0, 1]
 * @param betaEnd the last beta, in [0, 1]
 * @param betaSchedule how the betas get from start to end
 * @param trainedBetas the betas themselves, each in [0, 1], in place of a schedule; may be null
 * @param predictionType what the network predicts; it can't be the sample
 * @param timestepSpacing which training timesteps are visited
 * @param stepsOffset the number that is added to each leading timestep, at least 0 and below {@code numTrainTimesteps}
 * @param rescaleBetasZeroSnr whether the betas are rescaled so that the last timestep is nearly only noise
 */
@RecordBuilder
public record EulerAncestralConfig(
        int numTrainTimesteps,
        double betaStart,
        double betaEnd,
        BetaSchedule betaSchedule,
        @OrNull List<Double> trainedBetas,
        Prediction predictionType,
        TimestepSpacing timestepSpacing,
        int stepsOffset,
        boolean rescaleBetasZeroSnr)
        implements SigmaSchedulerConfig, EulerAncestralConfigBuilder.With {
    /** Checks every option; the message of a failure names it as diffusers' JSON does. */
    public EulerAncestralConfig {
        trainedBetas = Checks.betas(
                SchedulerKind.EULER_ANCESTRAL, numTrainTimesteps, betaStart, betaEnd, betaSchedule, trainedBetas);
        Checks.noSamplePrediction(SchedulerKind.EULER_ANCESTRAL, predictionType);
        Checks.stepsOffset(stepsOffset, numTrainTimesteps);
        Checks.zeroSnr(rescaleBetasZeroSnr, numTrainTimesteps);
    }

    /** Diffusers' defaults. */
    public EulerAncestralConfig() {
        this(1000, 0.0001, 0.02, BetaSchedule.LINEAR, null, Prediction.EPSILON, TimestepSpacing.LINSPACE, 0, false);
    }

    @Override
    public SchedulerKind kind() {
        return SchedulerKind.EULER_ANCESTRAL;
    }

    @Override
    public Sampler sampler(Steps steps) {
        steps.requireNumber(kind());
        return new EulerAncestralSampler(this, steps.number());
    }

    /** The last step draws noise, too, but multiplies it by 0. */
    private static final class EulerAncestralSampler extends SigmaSampler {
        private final EulerAncestralConfig config;

        EulerAncestralSampler(EulerAncestralConfig config, int steps) {
            super(points(config, steps), config.timestepSpacing);
            this.config = config;
        }

        private static SigmaPoints points(EulerAncestralConfig config, int steps) {
            double[] timesteps = config.timesteps(Steps.of(steps));
            double[] table = config.noise().withFiniteSigmas().sigmas();
            return SigmaPoints.at(timesteps, Sigmas.at(table, timesteps), 0);
        }

        @Override
        public boolean drawsNoise(int step) {
            Objects.checkIndex(step, points.timesteps().length);
            return true;
        }

        @Override
        public WalkState advance(WalkState state, INDArray modelOutput, INDArray noise) {
            INDArray sample = state.sample();
            Checks.shape("model output", modelOutput, sample);
            Checks.shape("noise", noise, sample);
            double sigma = sigma(state.step());
            AncestralStep parts = AncestralStep.between(sigma, sigma(state.step() + 1));
            INDArray denoised = denoised(config.predictionType, modelOutput, sample, sigma);
            double ratio = parts.down() / sigma;
            INDArray next = LinearCombination.of(ratio, sample, 1 - ratio, denoised);
            return state.next(LinearCombination.add(next, parts.up(), noise), denoised);
        }
    }
}
