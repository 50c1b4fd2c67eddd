package org.diffusion4j.diffusion.sampler;

import static org.diffusion4j.Requirement.require;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import java.util.Objects;
import org.diffusion4j.config.OrNull;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.BetaSchedule;
import org.diffusion4j.diffusion.schedule.FinalSigma;
import org.diffusion4j.diffusion.schedule.Sigmas;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;
import org.diffusion4j.diffusion.schedule.VarianceType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * DPM-Solver and DPM-Solver++ as multistep methods: Lu et al. 2022 (arXiv:2206.00927 and arXiv:2211.01095), the second's
 * algorithm 2 for order 2. Diffusers' {@code DPMSolverMultistepScheduler}. If two points of a walk have the same noise,
 * which happens with nearly as many steps as timesteps, the steps after them have a lower order (diffusers divides by zero
 * there).
 *
 * @param numTrainTimesteps how many timesteps the network was trained on, 1 to 1,000,000
 * @param betaStart the first beta, in [0, 1]
 * @param betaEnd the last beta, in [0, 1]
 * @param betaSchedule how the betas get from start to end
 * @param trainedBetas the betas themselves, each in [0, 1], in place of a schedule; may be null
 * @param solverOrder the order, at least 1; orders above 3 count as 3, and {@code sde-dpmsolver} has no third
 * @param predictionType what the network predicts
 * @param thresholding whether the predicted clean sample is thresholded by its quantile
 * @param dynamicThresholdingRatio which quantile of a sample's absolute values is the threshold, in [0, 1]
 * @param sampleMaxValue the largest threshold, above 0
 * @param algorithmType what is integrated; {@code deis} is read as {@code dpmsolver++}
 * @param solverType the variant of order 2; the types of other schedulers are read as {@code midpoint}
 * @param lowerOrderFinal whether the last two steps of fewer than 15 have a lower order
 * @param eulerAtFinal whether the last step has order 1
 * @param useKarrasSigmas whether the sigmas are spaced as Karras et al. 2022 (arXiv:2206.00364) have them
 * @param useExponentialSigmas whether the sigmas are spaced evenly in their logarithm
 * @param useBetaSigmas whether the sigmas are spaced by a beta distribution (Lee et al. 2024, arXiv:2407.12173)
 * @param useLuLambdas whether the sigmas are spaced evenly in their logarithm; {@code useKarrasSigmas} takes precedence
 * @param useFlowSigmas must be false, as networks that predict flow aren't supported
 * @param flowShift has no effect
 * @param finalSigmasType the noise after the last step
 * @param lambdaMinClipped the least ln(α/σ) of the timesteps that are visited; -Infinity for no limit
 * @param varianceType whether the network's output also has a learned variance, which isn't used; may be null
 * @param timestepSpacing which training timesteps are visited
 * @param stepsOffset the number that is added to each leading timestep, at least 0 and below {@code numTrainTimesteps}
 * @param rescaleBetasZeroSnr whether the betas are rescaled so that the last timestep is nearly only noise
 * @param useDynamicShifting must be false, as networks that predict flow aren't supported
 * @param timeShiftType has no effect
 */
@RecordBuilder
public record DpmSolverMultistepConfig(
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
        boolean eulerAtFinal,
        boolean useKarrasSigmas,
        boolean useExponentialSigmas,
        boolean useBetaSigmas,
        boolean useLuLambdas,
        boolean useFlowSigmas,
        double flowShift,
        FinalSigma finalSigmasType,
        double lambdaMinClipped,
        @OrNull VarianceType varianceType,
        TimestepSpacing timestepSpacing,
        int stepsOffset,
        boolean rescaleBetasZeroSnr,
        boolean useDynamicShifting,
        TimeShift timeShiftType)
        implements SolverSchedulerConfig, MultistepOptions, DpmSolverMultistepConfigBuilder.With {
    /** Checks every option; the message of a failure names it as diffusers' JSON does. */
    public DpmSolverMultistepConfig {
        trainedBetas = Checks.betas(
                SchedulerKind.DPM_SOLVER_MULTISTEP, numTrainTimesteps, betaStart, betaEnd, betaSchedule, trainedBetas);
        algorithmType = algorithmType.forDpmSolver();
        solverType = solverType.forDpmSolver();
        Checks.solverOrder(solverOrder, algorithmType == AlgorithmType.SDE_DPMSOLVER, algorithmType);
        Checks.thresholding(dynamicThresholdingRatio, sampleMaxValue);
        Checks.finalSigma(algorithmType, finalSigmasType);
        Checks.oneSigmaSpacing(useKarrasSigmas, useExponentialSigmas, useBetaSigmas);
        FlowOptions.none(useFlowSigmas, useDynamicShifting);
        require(!Double.isNaN(lambdaMinClipped), "lambda_min_clipped", "a number", lambdaMinClipped);
        Checks.stepsOffset(stepsOffset, numTrainTimesteps);
        Checks.zeroSnr(rescaleBetasZeroSnr, numTrainTimesteps);
    }

    /** Diffusers' defaults. */
    public DpmSolverMultistepConfig() {
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
                true,
                false,
                false,
                false,
                false,
                false,
                false,
                1,
                FinalSigma.ZERO,
                Double.NEGATIVE_INFINITY,
                null,
                TimestepSpacing.LINSPACE,
                0,
                false,
                false,
                TimeShift.EXPONENTIAL);
    }

    @Override
    public SchedulerKind kind() {
        return SchedulerKind.DPM_SOLVER_MULTISTEP;
    }

    @Override
    public boolean spacesSigmas() {
        return useLuLambdas || SolverSchedulerConfig.super.spacesSigmas();
    }

    @Override
    public double[] spacedSigmas(double min, double max, int count) {
        if (!useLuLambdas || useKarrasSigmas) {
            return SolverSchedulerConfig.super.spacedSigmas(min, max, count);
        }
        // Diffusers computes the ends from the table's logarithms, which are float.
        return Sigmas.logLinear(Math.exp((float) Math.log(max)), Math.exp((float) Math.log(min)), count);
    }

    @Override
    public Sampler sampler(Steps steps) {
        steps.requireNumberOrTimesteps(kind());
        return new MultistepSampler(this, steps);
    }

    private static final class MultistepSampler extends SolverSampler {
        private final DpmSolverMultistepConfig config;

        MultistepSampler(DpmSolverMultistepConfig config, Steps steps) {
            super(plan(config).points(steps));
            this.config = config;
        }

        private static SolverPlan plan(DpmSolverMultistepConfig config) {
            boolean rounded = (config.useKarrasSigmas || config.useLuLambdas)
                    && config.betaSchedule != BetaSchedule.SQUAREDCOS_CAP_V2;
            return new SolverPlan(config, null, null, config.lambdaMinClipped, rounded, false);
        }

        @Override
        public boolean drawsNoise(int step) {
            Objects.checkIndex(step, steps());
            return config.algorithmType.isStochastic();
        }

        @Override
        public WalkState advance(WalkState state, INDArray modelOutput, INDArray noise) {
            int step = state.step();
            Objects.checkIndex(step, steps());
            DpmPrediction prediction = DpmPrediction.of(
                    config, config.varianceType, config.algorithmType, level(step), modelOutput, state.sample());
            DpmMultistep multistep = new DpmMultistep(config.algorithmType, config.solverType, this::level);
            List<INDArray> outputs = DpmMultistep.withNewest(prediction.integrated(), state.history());
            INDArray next = multistep.next(state, config.order(state, steps()), outputs, noise);
            return state.next(next, prediction.denoised(), DpmMultistep.kept(outputs, config.solverOrder));
        }
    }
}
