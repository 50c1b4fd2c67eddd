package org.diffusion4j.diffusion.sampler;

import static org.diffusion4j.Requirement.require;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.diffusion4j.config.OrNull;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.BetaSchedule;
import org.diffusion4j.diffusion.schedule.FinalSigma;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;
import org.diffusion4j.diffusion.schedule.VarianceType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * DPM-Solver and DPM-Solver++ as singlestep methods: Lu et al. 2022 (arXiv:2206.00927, algorithms 1 and 2, and arXiv:2211.01095,
 * algorithm 1). Diffusers' {@code DPMSolverSinglestepScheduler}. A solver step of order k consists of k steps here; the
 * j-th of them has order j, and starts from the sample before the first of them. If the order doesn't divide the number of
 * steps, or the walk ends without noise, the last solver step has a lower order, whatever {@code lower_order_final} says. A
 * walk that begins in the middle of a solver step has lower orders until the next solver step.
 *
 * @param numTrainTimesteps how many timesteps the network was trained on, 1 to 1,000,000
 * @param betaStart the first beta, in [0, 1]
 * @param betaEnd the last beta, in [0, 1]
 * @param betaSchedule how the betas get from start to end
 * @param trainedBetas the betas themselves, each in [0, 1], in place of a schedule; may be null
 * @param solverOrder the order, 1 to 3
 * @param predictionType what the network predicts
 * @param thresholding whether the predicted clean sample is thresholded by its quantile
 * @param dynamicThresholdingRatio which quantile of a sample's absolute values is the threshold, in [0, 1]
 * @param sampleMaxValue the largest threshold, above 0
 * @param algorithmType what is integrated; {@code sde-dpmsolver} isn't supported, and {@code deis} is read as {@code dpmsolver++}
 * @param solverType the variant of orders 2 and 3; the types of other schedulers are read as {@code midpoint}
 * @param lowerOrderFinal whether the last solver step has a lower order
 * @param useKarrasSigmas whether the sigmas are spaced as Karras et al. 2022 (arXiv:2206.00364) have them
 * @param useExponentialSigmas whether the sigmas are spaced evenly in their logarithm
 * @param useBetaSigmas whether the sigmas are spaced by a beta distribution (Lee et al. 2024, arXiv:2407.12173)
 * @param useFlowSigmas must be false, as networks that predict flow aren't supported
 * @param flowShift has no effect
 * @param finalSigmasType the noise after the last step
 * @param lambdaMinClipped the least ln(α/σ) of the timesteps that are visited; -Infinity for no limit
 * @param varianceType whether the network's output also has a learned variance, which isn't used; may be null
 * @param useDynamicShifting must be false, as networks that predict flow aren't supported
 * @param timeShiftType has no effect
 */
@RecordBuilder
public record DpmSolverSinglestepConfig(
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
        FinalSigma finalSigmasType,
        double lambdaMinClipped,
        @OrNull VarianceType varianceType,
        boolean useDynamicShifting,
        TimeShift timeShiftType)
        implements SolverSchedulerConfig, DpmSolverSinglestepConfigBuilder.With {
    /** Checks every option; the message of a failure names it as diffusers' JSON does. */
    public DpmSolverSinglestepConfig {
        trainedBetas = Checks.betas(
                SchedulerKind.DPM_SOLVER_SINGLESTEP, numTrainTimesteps, betaStart, betaEnd, betaSchedule, trainedBetas);
        algorithmType = algorithmType.forDpmSolver();
        solverType = solverType.forDpmSolver();
        require(solverOrder >= 1 && solverOrder <= 3, "solver_order", "1 to 3", solverOrder);
        require(
                algorithmType != AlgorithmType.SDE_DPMSOLVER,
                "algorithm_type",
                "dpmsolver, dpmsolver++ or sde-dpmsolver++, as DPMSolverSinglestepScheduler takes no other",
                algorithmType.configName());
        Checks.thresholding(dynamicThresholdingRatio, sampleMaxValue);
        Checks.finalSigma(algorithmType, finalSigmasType);
        Checks.oneSigmaSpacing(useKarrasSigmas, useExponentialSigmas, useBetaSigmas);
        FlowOptions.none(useFlowSigmas, useDynamicShifting);
        require(!Double.isNaN(lambdaMinClipped), "lambda_min_clipped", "a number", lambdaMinClipped);
    }

    /** Diffusers' defaults. */
    public DpmSolverSinglestepConfig() {
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
                AlgorithmType.DPMSOLVER_PLUS_PLUS,
                SolverType.MIDPOINT,
                false,
                false,
                false,
                false,
                false,
                1,
                FinalSigma.ZERO,
                Double.NEGATIVE_INFINITY,
                null,
                false,
                TimeShift.EXPONENTIAL);
    }

    @Override
    public SchedulerKind kind() {
        return SchedulerKind.DPM_SOLVER_SINGLESTEP;
    }

    /** @return the only spacing that this scheduler has */
    @Override
    public TimestepSpacing timestepSpacing() {
        return TimestepSpacing.LINSPACE;
    }

    /** @return 0, as this scheduler has no offset */
    @Override
    public int stepsOffset() {
        return 0;
    }

    @Override
    public Sampler sampler(Steps steps) {
        steps.requireNumberOrTimesteps(kind());
        return new SinglestepSampler(this, steps);
    }

    private static final class SinglestepSampler extends SolverSampler {
        private final DpmSolverSinglestepConfig config;

        SinglestepSampler(DpmSolverSinglestepConfig config, Steps steps) {
            super(new SolverPlan(config, null, null, config.lambdaMinClipped, config.useKarrasSigmas, false)
                    .points(steps));
            this.config = config;
        }

        @Override
        public boolean drawsNoise(int step) {
            Objects.checkIndex(step, steps());
            return config.algorithmType.isStochastic();
        }

        /**
         * The position of a step in its solver step, from 1. This is its order, unless the walk began in the middle of the
         * solver step.
         */
        private int order(int step) {
            int steps = steps();
            boolean toZero = config.finalSigmasType == FinalSigma.ZERO;
            boolean lower = config.lowerOrderFinal || toZero || steps % config.solverOrder != 0;
            boolean last = step == steps - 1;
            // If the solver steps fit exactly, the last one is divided: orders 1, 2, 3 become 1, 2 and then 1.
            boolean divided = lower && steps % config.solverOrder == 0;
            return last && (toZero || divided) ? 1 : step % config.solverOrder + 1;
        }

        /** The history has the sample that the solver step began with, then the predictions since then, the newest first. */
        @Override
        public WalkState advance(WalkState state, INDArray modelOutput, INDArray noise) {
            int step = state.step();
            Objects.checkIndex(step, steps());
            INDArray sample = state.sample();
            DpmPrediction prediction = DpmPrediction.of(
                    config, config.varianceType, config.algorithmType, level(step), modelOutput, sample);
            int order = Math.min(order(step), state.done() + 1);
            List<INDArray> history = state.history();
            // A state may not share its arrays with another one.
            INDArray first = order == 1 ? sample.dup() : history.get(0);
            List<INDArray> outputs = DpmMultistep.withNewest(
                    prediction.integrated(), history.isEmpty() ? history : history.subList(1, history.size()));
            double[][] derivatives = derivatives(step, order);
            int base = derivatives.length == 1 ? step : step - order + 1;
            boolean midpoint = order == 2 && config.solverType == SolverType.MIDPOINT;
            INDArray next = new DpmStep(config.algorithmType, midpoint, level(base), level(step + 1))
                    .next(base == step ? sample : first, outputs.subList(0, derivatives[0].length), derivatives, noise);
            List<INDArray> kept = new ArrayList<>();
            kept.add(first);
            kept.addAll(DpmMultistep.kept(outputs, config.solverOrder));
            return state.next(next, prediction.denoised(), kept);
        }

        /**
         * The derivatives of the prediction at the first sample of the solver step, computed from the outputs since then;
         * if two points coincide, only the newest output is used.
         */
        private double[][] derivatives(int step, int order) {
            double[] h = new double[order];
            double base = level(step - order + 1).lambda();
            for (int age = 0; age < order; age++) {
                h[age] = level(step - age).lambda() - base;
            }
            double whole = level(step + 1).lambda() - base;
            if (order == 1 || h[0] == 0 || (order == 3 && (h[1] == 0 || h[1] == h[0]))) {
                return new double[][] {{1}};
            }
            double newest = whole / h[0];
            if (order == 2) {
                return new double[][] {{0, 1}, {newest, -newest}};
            }
            if (config.solverType == SolverType.MIDPOINT) {
                return new double[][] {{0, 0, 1}, {newest, 0, -newest}};
            }
            double middle = whole / h[1];
            double[] slopeToMiddle = {0, middle, -middle};
            double[] slopeToNewest = {newest, 0, -newest};
            double[] slope = new double[3];
            double[] curvature = new double[3];
            for (int i = 0; i < 3; i++) {
                slope[i] = (h[0] * slopeToMiddle[i] - h[1] * slopeToNewest[i]) / (h[0] - h[1]);
                curvature[i] = 2 * whole * (slopeToNewest[i] - slopeToMiddle[i]) / (h[0] - h[1]);
            }
            return new double[][] {{0, 0, 1}, slope, curvature};
        }
    }
}
