package org.diffusion4j.training.distill;

import org.diffusion4j.data.PictureSource;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.training.LearningRate;
import org.diffusion4j.training.StartingModel;
import org.diffusion4j.training.TinyTraining;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.weights.diffusers.DiffusersModel;

/** Teachers of a few thousand random weights, and pictures of two classes for them. */
public final class TinyDistillation {
    static final PictureSource PICTURES = TinyTraining.PICTURES.withClasses(2);

    private TinyDistillation() {}

    /**
     * A task of random weights.
     *
     * @param method how its student learns
     * @param steps of the optimiser
     * @param guidance of the teacher
     */
    public static DistillationTask task(DistillationMethod method, long steps, double guidance) {
        DiffusersModel teacher = StartingModel.scratch(TinyTraining.config(PICTURES), new DdpmConfig(), PICTURES, 3)
                .model();
        TrainingPlan plan = TrainingPlan.builder()
                .steps(steps)
                .batchSize(4)
                .learningRate(new LearningRate(3e-3, 0, new LearningRate.Constant()))
                .labelDropout(0)
                .seed(5)
                .build();
        return new DistillationTask(teacher, PICTURES, plan, method, guidance);
    }
}
