package org.diffusion4j.diffusion.sampler;

import static org.diffusion4j.Requirement.require;

import java.util.Arrays;
import org.diffusion4j.diffusion.schedule.FinalSigma;
import org.diffusion4j.diffusion.schedule.Sigmas;

/**
 * The points that the walk of a {@link SolverSchedulerConfig} visits. Timesteps are whole numbers: those of spaced sigmas
 * are rounded or cut off.
 *
 * @param config the scheduler's options
 * @param sigmaMin the least of the spaced sigmas; null for that of the schedule
 * @param sigmaMax the largest of the spaced sigmas; null for that of the schedule
 * @param lambdaMin the least ln(α/σ) of timesteps that aren't given
 * @param rounded true if the timesteps of spaced sigmas are rounded, false if they are cut off
 * @param repeatsLast concerns spaced sigmas that don't end with 0: true if they end with the last of them repeated, false
 *     if they end with the schedule's least σ
 */
record SolverPlan(
        SolverSchedulerConfig config,
        Double sigmaMin,
        Double sigmaMax,
        double lambdaMin,
        boolean rounded,
        boolean repeatsLast) {
    SigmaPoints points(Steps steps) {
        double[] table = config.noise().withFiniteSigmas().sigmas();
        boolean toZero = config.finalSigmasType() == FinalSigma.ZERO;
        if (steps.timesteps() != null) {
            Checks.noTimesteps(config.kind(), config.spacesSigmas());
            return at(table, Checks.givenTimesteps(steps.timesteps(), config.numTrainTimesteps()), toZero);
        }
        Checks.inferenceSteps(steps.number(), config.numTrainTimesteps());
        if (!config.spacesSigmas()) {
            return at(table, timesteps(table, steps.number()), toZero);
        }
        require(table.length > 1, "num_train_timesteps", "at least 2, where sigmas are spaced", table.length);
        double[] spaced = config.spacedSigmas(
                sigmaMin == null ? table[0] : sigmaMin,
                sigmaMax == null ? table[table.length - 1] : sigmaMax,
                steps.number());
        double last = repeatsLast ? spaced[spaced.length - 1] : table[0];
        return SigmaPoints.at(timesteps(table, spaced), spaced, toZero ? 0 : last);
    }

    private static SigmaPoints at(double[] table, long[] timesteps, boolean toZero) {
        double[] visited = Checks.doubles(timesteps);
        return SigmaPoints.at(visited, Sigmas.at(table, visited), toZero ? 0 : table[0]);
    }

    private long[] timesteps(double[] table, int steps) {
        int end = (int) Arrays.stream(table)
                .filter(sigma -> -Math.log(sigma) >= lambdaMin)
                .count();
        require(end >= 1, "lambda_min_clipped", "at most " + -Math.log(table[0]), lambdaMin);
        return config.timestepSpacing().timestepsBefore(end, config.numTrainTimesteps(), steps, config.stepsOffset());
    }

    /**
     * The timesteps of spaced sigmas. The first is that of the largest sigma, 999 of 1000, but where timesteps are cut off,
     * rounding may turn it into 998. As in diffusers, the table's logarithms are float.
     */
    private double[] timesteps(double[] table, double[] sigmas) {
        double[] logs =
                Arrays.stream(table).map(sigma -> (float) Math.log(sigma)).toArray();
        return Arrays.stream(sigmas)
                .map(sigma -> Sigmas.timestepOfLog(logs, Math.log(sigma)))
                .map(rounded ? Math::rint : Math::floor)
                .toArray();
    }
}
