package org.diffusion4j.diffusion.sampler;

import static org.diffusion4j.Requirement.require;

import io.soabase.recordbuilder.core.RecordBuilder;
import org.diffusion4j.diffusion.CallArgument;
import org.diffusion4j.diffusion.LinearCombination;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.FinalSigma;
import org.diffusion4j.diffusion.schedule.NoiseSchedule;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Euler's method, optionally with churn, for networks with the scalings of Karras et al. 2022 (arXiv:2206.00364, algorithm
 * 2 without the correction, table 1). Diffusers' {@code EDMEulerScheduler}. The network is given ln(σ)/4 as its timestep.
 * As in diffusers, the sigmas of {@link Steps} aren't sigmas here, but positions from 0 (the largest sigma) to 1 (the
 * least).
 *
 * @param sigmaMin the least σ, above 0
 * @param sigmaMax the largest σ, at least {@code sigmaMin}
 * @param sigmaData the data's standard deviation, above 0
 * @param sigmaSchedule how the sigmas are spaced
 * @param numTrainTimesteps how many timesteps the network was trained on, 1 to 1,000,000
 * @param predictionType what the network predicts: {@code epsilon} as Karras et al. have it, {@code v_prediction} for the
 *     same with the opposite sign
 * @param rho ρ of the Karras sigmas, above 0: the larger it is, the shorter are the steps at little noise
 * @param finalSigmasType the noise after the last step
 * @param sChurn how much new noise is added over the whole walk, at least 0
 * @param sTmin the least σ at which noise is added
 * @param sTmax the largest σ at which noise is added
 * @param sNoise the standard deviation of the added noise
 */
@RecordBuilder
public record EdmEulerConfig(
        double sigmaMin,
        double sigmaMax,
        double sigmaData,
        SigmaSchedule sigmaSchedule,
        int numTrainTimesteps,
        Prediction predictionType,
        double rho,
        FinalSigma finalSigmasType,
        @CallArgument double sChurn,
        @CallArgument double sTmin,
        @CallArgument double sTmax,
        @CallArgument double sNoise)
        implements SchedulerConfig, EdmOptions, EdmEulerConfigBuilder.With {
    /** Checks every option; the message of a failure names it as diffusers' JSON does. */
    public EdmEulerConfig {
        Checks.sigmas(sigmaMin, sigmaMax, sigmaData, rho);
        Checks.trainTimesteps(numTrainTimesteps);
        Checks.noSamplePrediction(SchedulerKind.EDM_EULER, predictionType);
        Checks.churn(sChurn, sTmin, sTmax, sNoise);
    }

    /** Diffusers' defaults. */
    public EdmEulerConfig() {
        this(
                0.002,
                80,
                0.5,
                SigmaSchedule.KARRAS,
                1000,
                Prediction.EPSILON,
                7,
                FinalSigma.ZERO,
                0,
                0,
                Double.POSITIVE_INFINITY,
                1);
    }

    @Override
    public SchedulerKind kind() {
        return SchedulerKind.EDM_EULER;
    }

    @Override
    public NoiseSchedule noise() {
        return EdmOptions.super.noise();
    }

    @Override
    public INDArray addNoise(INDArray sample, INDArray noise, double... timesteps) {
        return EdmOptions.super.addNoise(sample, noise, timesteps);
    }

    @Override
    public Sampler sampler(Steps steps) {
        steps.requireNoConsistency(kind());
        steps.requireNoTimesteps(kind());
        return new EdmEulerSampler(this, steps.sigmas() == null ? points(steps.number()) : points(ramp(steps)));
    }

    private static double[] ramp(Steps steps) {
        double[] ramp = steps.sigmas().stream().mapToDouble(Double::doubleValue).toArray();
        for (int i = 0; i < ramp.length; i++) {
            require(
                    ramp[i] >= 0 && ramp[i] <= 1 && (i == 0 || ramp[i] > ramp[i - 1]),
                    "sigmas",
                    "ascending positions from 0 (sigma_max) to 1 (sigma_min)",
                    ramp[i]);
        }
        return ramp;
    }

    private static final class EdmEulerSampler extends EdmSampler {
        private final EdmEulerConfig config;

        EdmEulerSampler(EdmEulerConfig config, SigmaPoints points) {
            super(points, config.sigmaData, Math.sqrt(config.sigmaMax * config.sigmaMax + 1));
            this.config = config;
        }

        @Override
        public boolean drawsNoise(int step) {
            return gamma(step) > 0;
        }

        private double gamma(int step) {
            double sigma = sigma(step);
            return sigma >= config.sTmin && sigma <= config.sTmax
                    ? Math.min(config.sChurn / points.timesteps().length, Math.sqrt(2) - 1)
                    : 0;
        }

        @Override
        public WalkState advance(WalkState state, INDArray modelOutput, INDArray noise) {
            double sigma = sigma(state.step());
            double gamma = gamma(state.step());
            double sigmaHat = sigma * (gamma + 1);
            INDArray sample = state.sample();
            Checks.shape("model output", modelOutput, sample);
            if (gamma > 0) {
                Checks.shape("noise", noise, sample);
                double added = config.sNoise * Math.sqrt(sigmaHat * sigmaHat - sigma * sigma);
                sample = LinearCombination.of(1, sample, added, noise);
            }
            INDArray denoised = config.denoised(modelOutput, sample, sigmaHat);
            double ratio = points.sigmas()[state.step() + 1] / sigmaHat;
            INDArray next = LinearCombination.of(ratio, sample, 1 - ratio, denoised);
            if (gamma > 0) {
                sample.close();
            }
            return state.next(next, denoised);
        }
    }
}
