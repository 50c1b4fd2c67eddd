package org.diffusion4j.diffusion.sampler;

import static org.diffusion4j.Requirement.require;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import java.util.Objects;
import org.diffusion4j.config.OrNull;
import org.diffusion4j.diffusion.LinearCombination;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.BetaSchedule;
import org.diffusion4j.diffusion.schedule.FinalSigma;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Diffusion exponential integrator sampler, multistep over log ρ: Zhang and Chen 2022 (arXiv:2204.13902), equation 15 with
 * ρ = σ/α. Diffusers' {@code DEISMultistepScheduler}. A walk ends with the noise of training timestep 0, or, if an option
 * spaces the sigmas, with the last of them repeated, so that the last step changes nothing. If two points of a walk have
 * the same noise, which happens with nearly as many steps as timesteps, the steps after them have a lower order (diffusers
 * divides by zero there).
 *
 * @param numTrainTimesteps how many timesteps the network was trained on, 1 to 1,000,000
 * @param betaStart the first beta, in [0, 1]
 * @param betaEnd the last beta, in [0, 1]
 * @param betaSchedule how the betas get from start to end
 * @param trainedBetas the betas themselves, each in [0, 1], in place of a schedule; may be null
 * @param solverOrder the order, at least 1; orders above 3 count as 3
 * @param predictionType what the network predicts
 * @param thresholding whether the predicted clean sample is thresholded by its quantile
 * @param dynamicThresholdingRatio which quantile of a sample's absolute values is the threshold, in [0, 1]
 * @param sampleMaxValue the largest threshold, above 0
 * @param algorithmType {@code deis}; {@code dpmsolver} and {@code dpmsolver++} are read as it
 * @param solverType {@code logrho}; the types of other schedulers are read as it
 * @param lowerOrderFinal whether the last two steps of fewer than 15 have a lower order
 * @param useKarrasSigmas whether the sigmas are spaced as Karras et al. 2022 (arXiv:2206.00364) have them
 * @param useExponentialSigmas whether the sigmas are spaced evenly in their logarithm
 * @param useBetaSigmas whether the sigmas are spaced by a beta distribution (Lee et al. 2024, arXiv:2407.12173)
 * @param useFlowSigmas must be false, as networks that predict flow aren't supported
 * @param flowShift has no effect
 * @param timestepSpacing which training timesteps are visited
 * @param stepsOffset the number that is added to each leading timestep, at least 0 and below {@code numTrainTimesteps}
 * @param useDynamicShifting must be false, as networks that predict flow aren't supported
 * @param timeShiftType has no effect
 */
@RecordBuilder
public record DeisConfig(
        int numTrainTimesteps,
        double betaStart,
        double betaEnd,
        BetaSchedule betaSchedule,
        @OrNull List<Double> trainedBetas,
        int solverOrder,
        Prediction predictionType,
        boolean thresholding,
        double dynamicThresholdingRatio,
        double sampleMaxValue,
        AlgorithmType algorithmType,
        SolverType solverType,
        boolean lowerOrderFinal,
        boolean useKarrasSigmas,
        boolean useExponentialSigmas,
        boolean useBetaSigmas,
        boolean useFlowSigmas,
        double flowShift,
        TimestepSpacing timestepSpacing,
        int stepsOffset,
        boolean useDynamicShifting,
        TimeShift timeShiftType)
        implements SolverSchedulerConfig, MultistepOptions, DeisConfigBuilder.With {
    /** Checks every option; the message of a failure names it as diffusers' JSON does. */
    public DeisConfig {
        trainedBetas =
                Checks.betas(SchedulerKind.DEIS, numTrainTimesteps, betaStart, betaEnd, betaSchedule, trainedBetas);
        Checks.solverOrder(solverOrder, false, algorithmType);
        Checks.thresholding(dynamicThresholdingRatio, sampleMaxValue);
        require(
                !algorithmType.isStochastic(),
                "algorithm_type",
                "deis, as DEISMultistepScheduler has no other",
                algorithmType.configName());
        algorithmType = AlgorithmType.DEIS;
        solverType = SolverType.LOGRHO;
        Checks.oneSigmaSpacing(useKarrasSigmas, useExponentialSigmas, useBetaSigmas);
        FlowOptions.none(useFlowSigmas, useDynamicShifting);
        Checks.stepsOffset(stepsOffset, numTrainTimesteps);
    }

    /** Diffusers' defaults. */
    public DeisConfig() {
        this(
                1000,
                0.0001,
                0.02,
                BetaSchedule.LINEAR,
                null,
                2,
                Prediction.EPSILON,
                false,
                0.995,
                1,
                AlgorithmType.DEIS,
                SolverType.LOGRHO,
                true,
                false,
                false,
                false,
                false,
                1,
                TimestepSpacing.LINSPACE,
                0,
                false,
                TimeShift.EXPONENTIAL);
    }

    @Override
    public SchedulerKind kind() {
        return SchedulerKind.DEIS;
    }

    /** @return sigma_min, which is the only one that this scheduler has */
    @Override
    public FinalSigma finalSigmasType() {
        return FinalSigma.SIGMA_MIN;
    }

    @Override
    public Sampler sampler(Steps steps) {
        steps.requireNumber(kind());
        return new DeisSampler(this, steps);
    }

    private static final class DeisSampler extends SolverSampler {
        private final DeisConfig config;

        DeisSampler(DeisConfig config, Steps steps) {
            super(new SolverPlan(config, null, null, Double.NEGATIVE_INFINITY, config.useKarrasSigmas, true)
                    .points(steps));
            this.config = config;
        }

        @Override
        public WalkState advance(WalkState state, INDArray modelOutput, INDArray noise) {
            int step = state.step();
            Objects.checkIndex(step, steps());
            NoiseLevel from = level(step);
            NoiseLevel to = level(step + 1);
            Checks.shape("model output", modelOutput, state.sample());
            INDArray denoised =
                    Clipping.threshold(config, from.denoised(config.predictionType, modelOutput, state.sample()));
            List<INDArray> outputs = DpmMultistep.withNewest(from.noise(denoised, state.sample()), state.history());
            double[] weights = weights(step, to.sigma() == 0 ? 1 : config.order(state, steps()));
            INDArray next = state.sample().mul(to.alpha() / from.alpha());
            for (int i = 0; i < weights.length; i++) {
                LinearCombination.add(next, to.alpha() * weights[i], outputs.get(i));
            }
            return state.next(next, denoised, DpmMultistep.kept(outputs, config.solverOrder));
        }

        /** Of the noise predictions, the newest first: integrals over ρ of the Lagrange polynomials in log ρ. */
        private double[] weights(int step, int order) {
            double[] logs = new double[order];
            int distinct = 0;
            while (distinct < order) {
                logs[distinct] = -level(step - distinct).lambda();
                if (distinct > 0 && logs[distinct] == logs[distinct - 1]) {
                    break;
                }
                distinct++;
            }
            double from = logs[0];
            double to = -level(step + 1).lambda();
            return switch (distinct) {
                case 1 -> new double[] {Math.exp(to) - Math.exp(from)};
                case 2 -> new double[] {linear(to, from, logs[0], logs[1]), linear(to, from, logs[1], logs[0])};
                default ->
                    new double[] {
                        quadratic(to, from, logs[0], logs[1], logs[2]),
                        quadratic(to, from, logs[1], logs[2], logs[0]),
                        quadratic(to, from, logs[2], logs[0], logs[1])
                    };
            };
        }

        /** ∫ (log ρ − c) / (b − c) dρ. */
        private static double linear(double to, double from, double b, double c) {
            return (Math.exp(to) * (to - 1 - c) - Math.exp(from) * (from - 1 - c)) / (b - c);
        }

        /** ∫ (log ρ − c)(log ρ − d) / ((b − c)(b − d)) dρ. */
        private static double quadratic(double to, double from, double b, double c, double d) {
            return (antiderivative(to, c, d) - antiderivative(from, c, d)) / ((b - c) * (b - d));
        }

        private static double antiderivative(double log, double c, double d) {
            return Math.exp(log) * (c * (d - log + 1) - d * log + d + log * log - 2 * log + 2);
        }
    }
}
