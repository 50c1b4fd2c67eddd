package org.diffusion4j.diffusion.sampler;

import static org.diffusion4j.Requirement.require;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import org.diffusion4j.config.OrNull;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.BetaSchedule;
import org.diffusion4j.diffusion.schedule.FinalSigma;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;

/**
 * Unified predictor-corrector: Zhao et al. 2023 (arXiv:2302.04867), algorithms 1 and 2 with B(h) as {@code solver_type} says.
 * Diffusers' {@code UniPCMultistepScheduler}. A step first corrects its sample with the network's output for it, then
 * predicts the next one. A last step to no noise has order 1, even if {@code lower_order_final} is false; and if two points
 * of a walk have the same noise, which happens with nearly as many steps as timesteps, the steps after them have a lower
 * order (diffusers gives NaN in both cases).
 *
 * @param numTrainTimesteps how many timesteps the network was trained on, 1 to 1,000,000
 * @param betaStart the first beta, in [0, 1]
 * @param betaEnd the last beta, in [0, 1]
 * @param betaSchedule how the betas get from start to end
 * @param trainedBetas the betas themselves, each in [0, 1], in place of a schedule; may be null
 * @param solverOrder the order, at least 1
 * @param predictionType what the network predicts
 * @param thresholding whether the predicted clean sample is thresholded by its quantile; it isn't if {@code predictX0} is false
 * @param dynamicThresholdingRatio which quantile of a sample's absolute values is the threshold, in [0, 1]
 * @param sampleMaxValue the largest threshold, above 0
 * @param predictX0 true if the predicted clean sample is integrated, false if the predicted noise is
 * @param solverType {@code bh1} or {@code bh2}; the types of other schedulers are read as {@code bh2}
 * @param lowerOrderFinal whether the last steps have lower orders, down to 1
 * @param disableCorrector the numbers, from 0, of the steps whose result isn't corrected
 * @param solverP must be null, as another scheduler as the predictor isn't supported
 * @param useKarrasSigmas whether the sigmas are spaced as Karras et al. 2022 (arXiv:2206.00364) have them
 * @param useExponentialSigmas whether the sigmas are spaced evenly in their logarithm
 * @param useBetaSigmas whether the sigmas are spaced by a beta distribution (Lee et al. 2024, arXiv:2407.12173)
 * @param useFlowSigmas must be false, as networks that predict flow aren't supported
 * @param flowShift has no effect
 * @param timestepSpacing which training timesteps are visited
 * @param stepsOffset the number that is added to each leading timestep, at least 0 and below {@code numTrainTimesteps}
 * @param finalSigmasType the noise after the last step
 * @param rescaleBetasZeroSnr whether the betas are rescaled so that the last timestep is nearly only noise
 * @param useDynamicShifting must be false, as networks that predict flow aren't supported
 * @param timeShiftType has no effect
 * @param sigmaMin the least of the spaced sigmas, above 0; null for the schedule's
 * @param sigmaMax the largest of the spaced sigmas; null for the schedule's
 * @param shiftTerminal must be null, as it is only for networks that predict flow
 */
@RecordBuilder
public record UniPcConfig(
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
        boolean predictX0,
        SolverType solverType,
        boolean lowerOrderFinal,
        List<Integer> disableCorrector,
        Object solverP,
        boolean useKarrasSigmas,
        boolean useExponentialSigmas,
        boolean useBetaSigmas,
        boolean useFlowSigmas,
        double flowShift,
        TimestepSpacing timestepSpacing,
        int stepsOffset,
        FinalSigma finalSigmasType,
        boolean rescaleBetasZeroSnr,
        boolean useDynamicShifting,
        TimeShift timeShiftType,
        Double sigmaMin,
        Double sigmaMax,
        Double shiftTerminal)
        implements SolverSchedulerConfig, UniPcConfigBuilder.With {
    /** Far above any useful order. */
    private static final int MOST_ORDER = 20;

    /** Checks every option; the message of a failure names it as diffusers' JSON does. */
    public UniPcConfig {
        trainedBetas =
                Checks.betas(SchedulerKind.UNIPC, numTrainTimesteps, betaStart, betaEnd, betaSchedule, trainedBetas);
        require(solverOrder >= 1 && solverOrder <= MOST_ORDER, "solver_order", "1 to " + MOST_ORDER, solverOrder);
        Checks.thresholding(dynamicThresholdingRatio, sampleMaxValue);
        solverType = solverType.forUniPc();
        disableCorrector = disableCorrector == null ? List.of() : List.copyOf(disableCorrector);
        require(solverP == null, "solver_p", "null, as UniPC has its own predictor here", "another");
        Checks.oneSigmaSpacing(useKarrasSigmas, useExponentialSigmas, useBetaSigmas);
        FlowOptions.none(useFlowSigmas, useDynamicShifting);
        require(shiftTerminal == null, "shift_terminal", "null, as it is for use_flow_sigmas only", shiftTerminal);
        Checks.stepsOffset(stepsOffset, numTrainTimesteps);
        Checks.zeroSnr(rescaleBetasZeroSnr, numTrainTimesteps);
        Checks.sigmaRange(sigmaMin, sigmaMax);
    }

    /** Diffusers' defaults. */
    public UniPcConfig() {
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
                true,
                SolverType.BH2,
                true,
                List.of(),
                null,
                false,
                false,
                false,
                false,
                1,
                TimestepSpacing.LINSPACE,
                0,
                FinalSigma.ZERO,
                false,
                false,
                TimeShift.EXPONENTIAL,
                null,
                null,
                null);
    }

    @Override
    public SchedulerKind kind() {
        return SchedulerKind.UNIPC;
    }

    @Override
    public Sampler sampler(Steps steps) {
        steps.requireNumber(kind());
        return new UniPcSampler(this, steps);
    }
}
