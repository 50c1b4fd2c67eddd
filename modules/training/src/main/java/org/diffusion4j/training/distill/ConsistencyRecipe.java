package org.diffusion4j.training.distill;

import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import org.diffusion4j.training.BatchRecipe;
import org.nd4j.linalg.api.ndarray.INDArray;

/** For each picture the beginning of one of the teacher's steps and, as the batch's target, where that step ends. */
final class ConsistencyRecipe extends StudentRecipe {
    private final Consistency method;

    /**
     * @param inputs the network's, as without a teacher
     * @param teacher what is imitated, which this closes
     * @param step the steps of its sampler
     * @param method which steps
     */
    ConsistencyRecipe(BatchRecipe inputs, Teacher teacher, TeacherStep step, Consistency method) {
        super(inputs, teacher, step);
        this.method = method;
    }

    @Override
    public long[] timesteps(int images, int length, SplittableRandom random) {
        long[] timesteps = new long[images];
        Arrays.setAll(timesteps, i -> method.timestep(1 + random.nextInt(method.teacherSteps()), length));
        return timesteps;
    }

    @Override
    public INDArray target(INDArray noisy, long[] timesteps, Map<String, INDArray> conditioning) {
        return taught(noisy, conditioning, timesteps, step().next(method, timesteps));
    }
}
