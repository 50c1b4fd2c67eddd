package org.diffusion4j.training.distill;

import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import org.diffusion4j.data.PictureBatch;
import org.diffusion4j.training.BatchRecipe;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a student gets of pictures: for each the beginning of one of its teacher's steps and, as the batch's target, where that step ends.
 *
 * @param inputs the network's inputs, as without a teacher
 * @param teacher what is imitated, which this closes
 * @param step the steps of its sampler
 * @param method which steps
 */
record ConsistencyRecipe(BatchRecipe inputs, Teacher teacher, TeacherStep step, Consistency method)
        implements BatchRecipe {
    @Override
    public INDArray clean(PictureBatch batch, SplittableRandom random) {
        return inputs.clean(batch, random);
    }

    @Override
    public Map<String, INDArray> conditioning(PictureBatch batch, SplittableRandom random) {
        return inputs.conditioning(batch, random);
    }

    @Override
    public long[] timesteps(int images, int length, SplittableRandom random) {
        long[] timesteps = new long[images];
        Arrays.setAll(timesteps, i -> method.timestep(1 + random.nextInt(method.teacherSteps()), length));
        return timesteps;
    }

    @Override
    public INDArray target(INDArray noisy, long[] timesteps, Map<String, INDArray> conditioning) {
        try (INDArray output = teacher.predict(noisy, timesteps, conditioning)) {
            return step.apply(noisy, output, teacher.prediction(), timesteps, step.next(method, timesteps));
        }
    }

    @Override
    public void close() {
        teacher.close();
        inputs.close();
    }
}
