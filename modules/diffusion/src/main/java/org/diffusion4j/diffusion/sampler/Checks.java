package org.diffusion4j.diffusion.sampler;

import static org.diffusion4j.Requirement.require;
import static org.diffusion4j.Requirement.requireWithin;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.BetaSchedule;
import org.diffusion4j.diffusion.schedule.FinalSigma;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The checks of configurations and samplers. Messages name options as diffusers does. */
final class Checks {
    /** A thousand times as many as usual. The limit exists because several tables have one entry per timestep. */
    private static final int MOST_TIMESTEPS = 1_000_000;

    private Checks() {}

    static void trainTimesteps(int numTrainTimesteps) {
        requireWithin("num_train_timesteps", 1, MOST_TIMESTEPS, numTrainTimesteps);
    }

    /** @return the trained betas, copied; null if there are none */
    static List<Double> betas(
            SchedulerKind kind,
            int numTrainTimesteps,
            double betaStart,
            double betaEnd,
            BetaSchedule betaSchedule,
            List<Double> trainedBetas) {
        trainTimesteps(numTrainTimesteps);
        unit("beta_start", betaStart);
        unit("beta_end", betaEnd);
        Set<BetaSchedule> known = betaSchedules(kind);
        require(
                known.contains(betaSchedule),
                "beta_schedule",
                "one that " + kind.className() + " knows: "
                        + known.stream().map(BetaSchedule::configName).collect(Collectors.joining(", ")),
                betaSchedule.configName());
        if (trainedBetas == null) {
            return null;
        }
        require(
                trainedBetas.size() >= numTrainTimesteps,
                "trained_betas",
                numTrainTimesteps + " (num_train_timesteps)",
                trainedBetas.size());
        trainedBetas.forEach(beta -> require(beta >= 0 && beta <= 1, "trained_betas", "numbers in [0, 1]", beta));
        return List.copyOf(trainedBetas);
    }

    private static Set<BetaSchedule> betaSchedules(SchedulerKind kind) {
        Set<BetaSchedule> known =
                EnumSet.of(BetaSchedule.LINEAR, BetaSchedule.SCALED_LINEAR, BetaSchedule.SQUAREDCOS_CAP_V2);
        if (kind == SchedulerKind.DDPM) {
            known.add(BetaSchedule.LAPLACE);
            known.add(BetaSchedule.SIGMOID);
        } else if (kind == SchedulerKind.HEUN) {
            known.add(BetaSchedule.EXP);
        }
        return known;
    }

    /** Refuses a network that predicts the sample: several samplers need the noise or v. */
    static void noSamplePrediction(SchedulerKind kind, Prediction predictionType) {
        require(
                predictionType != Prediction.SAMPLE,
                "prediction_type",
                "epsilon or v_prediction, as " + kind.className() + " takes no other",
                predictionType.configName());
    }

    static void unit(String key, double value) {
        require(value >= 0 && value <= 1, key, "a number in [0, 1]", value);
    }

    static void positive(String key, double value) {
        require(value > 0, key, "a number above 0", value);
    }

    static void stepsOffset(int stepsOffset, int numTrainTimesteps) {
        require(stepsOffset >= 0, "steps_offset", "at least 0", stepsOffset);
        // With a larger offset no number of steps would have a valid first timestep.
        require(
                stepsOffset < numTrainTimesteps,
                "steps_offset",
                "less than " + numTrainTimesteps + " (num_train_timesteps)",
                stepsOffset);
    }

    static void thresholding(double dynamicThresholdingRatio, double sampleMaxValue) {
        unit("dynamic_thresholding_ratio", dynamicThresholdingRatio);
        positive("sample_max_value", sampleMaxValue);
    }

    /** The exception of a scheduler that has no table of betas. */
    static IllegalArgumentException noTable(SchedulerKind kind) {
        return new IllegalArgumentException(
                kind.className() + ": expected a scheduler with a table of betas, which it doesn't have");
    }

    /** Checks the range of sigmas that a network was trained on, and its data's standard deviation. */
    static void sigmas(double sigmaMin, double sigmaMax, double sigmaData, double rho) {
        positive("sigma_min", sigmaMin);
        require(
                sigmaMax >= sigmaMin && Double.isFinite(sigmaMax),
                "sigma_max",
                "a finite number of at least " + sigmaMin + " (sigma_min)",
                sigmaMax);
        positive("sigma_data", sigmaData);
        positive("rho", rho);
    }

    /** Checks a number of steps that isn't limited by the training timesteps. */
    static void steps(int steps) {
        require(steps >= 1 && steps <= MOST_TIMESTEPS, "num_inference_steps", "1 to " + MOST_TIMESTEPS, steps);
    }

    /** Checks the order of a multistep solver, some of whose algorithms have no third order. */
    static void solverOrder(int solverOrder, boolean upToTwo, AlgorithmType algorithm) {
        require(solverOrder >= 1, "solver_order", "at least 1", solverOrder);
        require(
                !upToTwo || solverOrder <= 2,
                "solver_order",
                "1 or 2, as " + algorithm.configName() + " has no third order",
                solverOrder);
    }

    /**
     * Refuses a last step to no noise for algorithms that integrate the noise prediction, which says nothing about a sample
     * without noise.
     */
    static void finalSigma(AlgorithmType algorithm, FinalSigma finalSigma) {
        require(
                !algorithm.integratesNoise() || finalSigma != FinalSigma.ZERO,
                "final_sigmas_type",
                "sigma_min, as algorithm_type is " + algorithm.configName(),
                finalSigma.configName());
    }

    static void zeroSnr(boolean rescaleBetasZeroSnr, int numTrainTimesteps) {
        require(
                !rescaleBetasZeroSnr || numTrainTimesteps > 1,
                "rescale_betas_zero_snr",
                "false with a single timestep, which can't be both the first and the last",
                true);
    }

    /** Refuses more than one spacing of sigmas, as diffusers does. */
    static void oneSigmaSpacing(boolean... chosen) {
        int count = 0;
        for (boolean one : chosen) {
            count += one ? 1 : 0;
        }
        require(
                count <= 1,
                "use_karras_sigmas",
                "at most one of use_karras_sigmas, use_exponential_sigmas, use_beta_sigmas and the like",
                count);
    }

    /** Checks the ends of spaced sigmas, each of which is null or above 0. */
    static void sigmaRange(Double sigmaMin, Double sigmaMax) {
        require(sigmaMin == null || sigmaMin > 0, "sigma_min", "a number above 0", sigmaMin);
        require(
                sigmaMax == null || (sigmaMax > 0 && Double.isFinite(sigmaMax)),
                "sigma_max",
                "a finite number above 0",
                sigmaMax);
    }

    static void churn(double sChurn, double sTmin, double sTmax, double sNoise) {
        require(sChurn >= 0, "s_churn", "at least 0", sChurn);
        require(sTmin >= 0, "s_tmin", "at least 0", sTmin);
        require(sTmax >= 0, "s_tmax", "at least 0", sTmax);
        require(sNoise >= 0 && Double.isFinite(sNoise), "s_noise", "a finite number of at least 0", sNoise);
    }

    /** Refuses given timesteps if an option spaces the sigmas. */
    static void noTimesteps(SchedulerKind kind, boolean spaced) {
        require(
                !spaced,
                "timesteps",
                "none, as the options of " + kind.className() + " space its steps by their sigmas",
                "some");
    }

    /** Checks given timesteps: they are descending numbers within the table. */
    static double[] timestepsInTable(List<Double> timesteps, int numTrainTimesteps) {
        double[] given = timesteps.stream().mapToDouble(Double::doubleValue).toArray();
        for (int i = 0; i < given.length; i++) {
            require(
                    given[i] >= 0 && given[i] <= numTrainTimesteps - 1,
                    "timesteps",
                    "0 to " + (numTrainTimesteps - 1),
                    given[i]);
            require(i == 0 || given[i] < given[i - 1], "timesteps", "descending order", given[i]);
        }
        return given;
    }

    /** Checks a number of steps, which is at most the number of training timesteps. */
    static void inferenceSteps(int steps, int numTrainTimesteps) {
        require(
                steps >= 1 && steps <= numTrainTimesteps,
                "num_inference_steps",
                "1 to " + numTrainTimesteps + " (num_train_timesteps)",
                steps);
    }

    /** Checks given timesteps: they are descending whole numbers within the table. */
    static long[] givenTimesteps(List<Double> timesteps, int numTrainTimesteps) {
        long[] whole = wholeTimesteps(
                timesteps.stream().mapToDouble(Double::doubleValue).toArray());
        for (int i = 1; i < whole.length; i++) {
            if (whole[i] >= whole[i - 1]) {
                throw new IllegalArgumentException(
                        "timesteps: expected descending order, found " + whole[i] + " after " + whole[i - 1]);
            }
        }
        long last = whole[whole.length - 1];
        require(last >= 0, "timesteps", "none below 0", last);
        require(
                whole[0] < numTrainTimesteps,
                "timesteps",
                "a start below " + numTrainTimesteps + " (num_train_timesteps)",
                whole[0]);
        return whole;
    }

    static long[] wholeTimesteps(double... timesteps) {
        long[] whole = new long[timesteps.length];
        for (int i = 0; i < whole.length; i++) {
            require(timesteps[i] == Math.rint(timesteps[i]), "timesteps", "whole numbers", timesteps[i]);
            whole[i] = (long) timesteps[i];
        }
        return whole;
    }

    static double[] doubles(long[] values) {
        return Arrays.stream(values).asDoubleStream().toArray();
    }

    /** Refuses an array whose shape isn't the sample's. */
    static void shape(String what, INDArray array, INDArray sample) {
        if (array == null || !array.equalShapes(sample)) {
            throw new IllegalArgumentException(what + ": expected " + Arrays.toString(sample.shape()) + ", found "
                    + (array == null ? "none" : Arrays.toString(array.shape())));
        }
    }
}
