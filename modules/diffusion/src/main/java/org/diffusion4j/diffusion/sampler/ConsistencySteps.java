package org.diffusion4j.diffusion.sampler;

import static org.diffusion4j.Requirement.require;

import java.util.Arrays;

/**
 * The timesteps of a walk by a distilled network, out of those that it was distilled over: Luo et al. 2023 (arXiv:2310.04378),
 * section 4.3.
 *
 * @param timesteps those visited, descending
 * @param number how many were asked for: more than are visited where given ones are cut by the strength
 */
record ConsistencySteps(long[] timesteps, int number) {
    /**
     * Even ones out of a grid, or those given, without as many of the first as the strength says.
     *
     * @param grid the timesteps of the distillation, ascending
     * @param original how many of them there are at full strength
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
     * Out of so many even training timesteps.
     *
     * @param original how many, unless the steps say it
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

    /** Out of all training timesteps. */
    static ConsistencySteps ofAll(Steps steps, int numTrainTimesteps, int original) {
        long[] grid = new long[(int) (numTrainTimesteps * steps.strength())];
        Arrays.setAll(grid, i -> i);
        return of(steps, numTrainTimesteps, original, grid);
    }

    /** Only the last of those asked for draws no noise. */
    boolean isLast(int step) {
        return step == number - 1;
    }
}
