package org.diffusion4j.diffusion.sampler;

import static org.diffusion4j.Requirement.require;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.commons.math3.analysis.UnivariateFunction;
import org.apache.commons.math3.analysis.integration.gauss.GaussIntegratorFactory;
import org.diffusion4j.config.OrNull;
import org.diffusion4j.diffusion.CallArgument;
import org.diffusion4j.diffusion.LinearCombination;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.BetaSchedule;
import org.diffusion4j.diffusion.schedule.SigmaSpacing;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A linear multistep method: a polynomial over the sigmas that interpolates the derivatives of the last steps is integrated
 * up to the next sigma (Adams-Bashforth with uneven steps). K-diffusion's {@code sample_lms}; diffusers' {@code
 * LMSDiscreteScheduler}.
 *
 * @param numTrainTimesteps how many timesteps the network was trained on, 1 to 1,000,000
 * @param betaStart the first beta, in [0, 1]
 * @param betaEnd the last beta, in [0, 1]
 * @param betaSchedule how the betas get from start to end
 * @param trainedBetas the betas themselves, each in [0, 1], in place of a schedule; may be null
 * @param useKarrasSigmas whether the sigmas are spaced as Karras et al. 2022 have them
 * @param useExponentialSigmas whether the sigmas are spaced evenly in their logarithm
 * @param useBetaSigmas whether the sigmas are spaced by a beta distribution (Lee et al. 2024, arXiv:2407.12173)
 * @param predictionType what the network predicts
 * @param timestepSpacing which training timesteps are visited
 * @param stepsOffset the number that is added to each leading timestep, at least 0 and below {@code numTrainTimesteps}
 * @param order the largest number of derivatives that a step uses, at least 1
 */
@RecordBuilder
public record LmsConfig(
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
        int stepsOffset,
        @CallArgument int order)
        implements SigmaSchedulerConfig, SigmaSpacing, LmsConfigBuilder.With {
    /** Checks every option; the message of a failure names it as diffusers' JSON does. */
    public LmsConfig {
        trainedBetas =
                Checks.betas(SchedulerKind.LMS, numTrainTimesteps, betaStart, betaEnd, betaSchedule, trainedBetas);
        Checks.oneSigmaSpacing(useKarrasSigmas, useExponentialSigmas, useBetaSigmas);
        Checks.stepsOffset(stepsOffset, numTrainTimesteps);
        require(order >= 1, "order", "at least 1", order);
    }

    /** Diffusers' defaults. */
    public LmsConfig() {
        this(
                1000,
                0.0001,
                0.02,
                BetaSchedule.LINEAR,
                null,
                false,
                false,
                false,
                Prediction.EPSILON,
                TimestepSpacing.LINSPACE,
                0,
                4);
    }

    @Override
    public SchedulerKind kind() {
        return SchedulerKind.LMS;
    }

    @Override
    public Sampler sampler(Steps steps) {
        steps.requireNumber(kind());
        return new LmsSampler(this, steps);
    }

    /** The history is the derivatives of the last steps, the newest first. */
    private static final class LmsSampler extends SigmaSampler {
        private static final GaussIntegratorFactory GAUSS = new GaussIntegratorFactory();

        private final LmsConfig config;

        LmsSampler(LmsConfig config, Steps steps) {
            super(SigmaPoints.toZero(config, steps), config.timestepSpacing);
            this.config = config;
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
            int step = state.step();
            double sigma = sigma(step);
            INDArray denoised = denoised(config.predictionType, modelOutput, sample, sigma);
            // For a walk that began in the middle, diffusers also fits the polynomial to the sigmas before its
            // beginning,
            // for which it has no derivatives.
            int order = Math.min(step + 1, config.order);
            List<INDArray> derivatives = new ArrayList<>();
            derivatives.add(sample.sub(denoised).divi(sigma));
            derivatives.addAll(
                    state.history().subList(0, Math.min(state.history().size(), order - 1)));
            INDArray next = sample.dup();
            for (int k = 0; k < derivatives.size(); k++) {
                LinearCombination.add(next, coefficient(step, order, k), derivatives.get(k));
            }
            return state.next(next, denoised, derivatives);
        }

        /** The integral of the Lagrange polynomial that is 1 at the sigma of k steps ago and 0 at those of the other steps. */
        private double coefficient(int step, int order, int k) {
            double at = sigma(step - k);
            UnivariateFunction basis = sigma -> {
                double product = 1;
                for (int other = 0; other < order; other++) {
                    if (other != k) {
                        product *= (sigma - sigma(step - other)) / (at - sigma(step - other));
                    }
                }
                return product;
            };
            // Gauss quadrature with n points is exact up to degree 2n − 1.
            int points = order / 2 + 1;
            double end = sigma(step + 1);
            double start = sigma(step);
            return -GAUSS.legendre(points, end, start).integrate(basis);
        }
    }
}
