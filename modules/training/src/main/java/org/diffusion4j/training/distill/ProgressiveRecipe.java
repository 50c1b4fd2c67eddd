package org.diffusion4j.training.distill;

import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import org.diffusion4j.training.BatchRecipe;
import org.nd4j.linalg.api.ndarray.INDArray;

/** For each picture one of the student's own timesteps, and what its teacher comes to from there in two steps. */
final class ProgressiveRecipe extends StudentRecipe {
    private final int steps;

    /**
     * @param inputs the network's, as without a teacher
     * @param teacher what is imitated, which this closes
     * @param step the steps of its sampler
     * @param steps how many steps the student takes
     */
    ProgressiveRecipe(BatchRecipe inputs, Teacher teacher, TeacherStep step, int steps) {
        super(inputs, teacher, step);
        this.steps = steps;
    }

    @Override
    public long[] timesteps(int images, int length, SplittableRandom random) {
        long[] timesteps = new long[images];
        Arrays.setAll(timesteps, i -> timestep(2 * (1 + random.nextInt(steps)), length));
        return timesteps;
    }

    /** The timestep of the teacher's step of a number, counted from the end: trailing, as in diffusers. */
    private long timestep(int number, int length) {
        return number == 0 ? TeacherStep.CLEAN : (long) Math.rint((double) length * number / (2 * steps)) - 1;
    }

    @Override
    public INDArray target(INDArray noisy, long[] timesteps, Map<String, INDArray> conditioning) {
        int length = step().schedule().length();
        long[] middle = new long[timesteps.length];
        long[] end = new long[timesteps.length];
        for (int i = 0; i < timesteps.length; i++) {
            int number = (int) Math.rint((timesteps[i] + 1.0) * 2 * steps / length);
            middle[i] = timestep(number - 1, length);
            end[i] = timestep(number - 2, length);
        }
        try (INDArray half = taught(noisy, conditioning, timesteps, middle);
                INDArray reached = taught(half, conditioning, middle, end)) {
            return step().target(noisy, reached, timesteps, end);
        }
    }
}
