package org.diffusion4j.training.distill;

import java.util.Map;
import java.util.SplittableRandom;
import org.diffusion4j.data.PictureBatch;
import org.diffusion4j.training.BatchRecipe;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a student gets of pictures: the network's inputs as without a teacher, and what its teacher makes of them. */
abstract class StudentRecipe implements BatchRecipe {
    private final BatchRecipe inputs;
    private final Teacher teacher;
    private final TeacherStep step;

    /**
     * @param inputs the network's inputs, as without a teacher
     * @param teacher what is imitated, which this closes
     * @param step the steps of its sampler
     */
    StudentRecipe(BatchRecipe inputs, Teacher teacher, TeacherStep step) {
        this.inputs = inputs;
        this.teacher = teacher;
        this.step = step;
    }

    @Override
    public final INDArray clean(PictureBatch batch, SplittableRandom random) {
        return inputs.clean(batch, random);
    }

    @Override
    public final Map<String, INDArray> conditioning(PictureBatch batch, SplittableRandom random) {
        return inputs.conditioning(batch, random);
    }

    /** The steps of the teacher's sampler. */
    final TeacherStep step() {
        return step;
    }

    /** Lets the teacher take a step from t to s of each image. */
    final INDArray taught(INDArray sample, Map<String, INDArray> conditioning, long[] from, long[] to) {
        try (INDArray output = teacher.predict(sample, from, conditioning)) {
            return step.apply(sample, output, teacher.prediction(), from, to);
        }
    }

    @Override
    public final void close() {
        teacher.close();
        inputs.close();
    }
}
