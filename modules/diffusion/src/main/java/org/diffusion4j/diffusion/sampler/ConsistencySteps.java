package org.diffusion4j.diffusion.sampler;

import static org.diffusion4j.Requirement.require;

import java.util.Arrays;

/**
 * The timesteps of a walk by a distilled network, chosen from those that it was distilled over: Luo et al. 2023 (arXiv:2310.04378),
 * section 4.3.
 *
 * @param timesteps the timesteps that are visited, descending
 * @param number how many were asked for, which is more than are visited if a strength below 1 leaves out some of the given ones
 */
record ConsistencySteps(long[] timesteps, int number) {
    /**
     * Chooses even timesteps from a grid, or takes the given ones without the first ones that the strength leaves out.
     *
     * @param grid the timesteps of the distillation, ascending
     * @param original how many timesteps the grid has at full strength
     */
    private static ConsistencySteps of(Steps steps, int numTrainTimesteps, int original, long[] grid) {
        if (steps.timesteps() != null) {
            long[] given = Checks.givenTimesteps(steps.timesteps(), numTrainTimesteps);
            int kept = (int) (given.length * steps.strength());
            require(
                    kept >= 1,
                    "strength",
                    "one that leaves some of the " + given.length + " timesteps",
                    steps.strength());
            return new ConsistencySteps(Arrays.copyOfRange(given, given.length - kept, given.length), given.length);
        }
        int number = steps.number();
        Checks.inferenceSteps(number, numTrainTimesteps);
        require(
                number <= grid.length,
                "num_inference_steps",
                "at most " + grid.length + " (original_inference_steps and strength)",
                number);
        require(
                number <= original,
                "num_inference_steps",
                "at most " + original + " (original_inference_steps)",
                number);
        double share = (double) grid.length / number;
        long[] timesteps = new long[number];
        Arrays.setAll(timesteps, i -> grid[grid.length - 1 - (int) Math.floor(i * share)]);
        return new ConsistencySteps(timesteps, number);
    }

    /**
     * Chooses from a grid of even training timesteps.
     *
     * @param original how many timesteps the grid has, if the steps don't say
     */
    static ConsistencySteps ofGrid(Steps steps, int numTrainTimesteps, int original) {
        int count = steps.originalInferenceSteps() == null ? original : steps.originalInferenceSteps();
        require(
                count <= numTrainTimesteps,
                "original_inference_steps",
                "at most " + numTrainTimesteps + " (num_train_timesteps)",
                count);
        long[] grid = new long[(int) (count * steps.strength())];
        int stride = numTrainTimesteps / count;
        Arrays.setAll(grid, i -> (i + 1L) * stride - 1);
        return of(steps, numTrainTimesteps, count, grid);
    }

    /** Chooses from all training timesteps. */
    static ConsistencySteps ofAll(Steps steps, int numTrainTimesteps, int original) {
        long[] grid = new long[(int) (numTrainTimesteps * steps.strength())];
        Arrays.setAll(grid, i -> i);
        return of(steps, numTrainTimesteps, original, grid);
    }

    /** Whether a step is the last of those that were asked for, which is the only one that draws no noise. */
    boolean isLast(int step) {
        return step == number - 1;
    }
}
