package org.diffusion4j.training.distill;

import org.diffusion4j.data.BatchNumbers;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.training.BatchRecipe;
import org.diffusion4j.training.NoisyBatches;
import org.diffusion4j.training.TrainedNetwork;
import org.diffusion4j.training.TrainingPlan;
import org.nd4j.autodiff.samediff.SameDiff;

/** A network that learns from a teacher, whatever the method is. */
abstract class Student implements TrainedNetwork {
    private final TrainedNetwork network;
    private final Lesson lesson;
    private final TeacherStep step;

    /**
     * What is learned, but for the teacher.
     *
     * @param samples pictures or latents
     * @param inputs what the network gets of them
     * @param plan how it learns
     * @param clips whether samples are pictures, which are clipped to [-1, 1]
     */
    record Lesson(PictureSource samples, BatchRecipe inputs, TrainingPlan plan, boolean clips) {}

    /**
     * @param network the student's network; nothing is asked of its batches
     * @param lesson what it learns from
     */
    Student(TrainedNetwork network, Lesson lesson) {
        this.network = network;
        this.lesson = lesson;
        step = new TeacherStep(network.loss().schedule(), lesson.clips());
    }

    /**
     * What the student gets of pictures.
     *
     * @param inputs the network's inputs, as without a teacher
     * @return the recipe, which closes both
     */
    abstract BatchRecipe recipe(BatchRecipe inputs);

    /** The network that learns. */
    final TrainedNetwork network() {
        return network;
    }

    /** The steps of a teacher's sampler. */
    final TeacherStep step() {
        return step;
    }

    @Override
    public final SameDiff graph(SampleSize size) {
        return network.graph(size);
    }

    @Override
    public final SampleSize size() {
        return network.size();
    }

    @Override
    public final boolean trains(String parameter) {
        return network.trains(parameter);
    }

    @Override
    public final NoisyBatches batches(BatchNumbers numbers) {
        TrainingPlan plan = lesson.plan();
        return new NoisyBatches(
                lesson.samples().batches(plan.batchSize(), plan.seed(), numbers),
                plan,
                loss(),
                recipe(lesson.inputs()),
                numbers);
    }
}
