package org.diffusion4j.training.distill;

import static org.diffusion4j.Requirement.require;
import static org.diffusion4j.Requirement.requireGiven;
import static org.diffusion4j.Requirement.requireWithin;

import java.util.Map;
import java.util.function.Supplier;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.diffusion.sampler.ConsistencyWeights;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.training.BatchRecipe;
import org.diffusion4j.training.TrainedNetwork;
import org.diffusion4j.training.TrainingPlan;

/**
 * Consistency distillation (Song et al. 2023, arXiv:2303.01469, algorithm 2; with guidance folded into the network as Luo et al. 2023,
 * arXiv:2310.04378, algorithm 1): the student learns to say the same picture anywhere on a path that its teacher takes, the one at its
 * end. What it is compared with is itself, as it is now and without a gradient (Song and Dhariwal 2023, arXiv:2310.14189, section 3.2).
 *
 * @param teacherSteps how many steps a whole path has, from 2 to {@value #MOST_STEPS}; diffusers' {@code original_inference_steps}
 * @param studentSteps how many steps the result draws in, fewer than the teacher's
 */
public record Consistency(int teacherSteps, int studentSteps) implements DistillationMethod {
    /** More than anyone draws with. */
    public static final int MOST_STEPS = Halving.MOST_STEPS;

    /** Diffusers' default, which the sampler of the result has, too. */
    private static final double TIMESTEP_SCALING = 10;

    /** What share of the noise schedule a path reaches. */
    private static final double LEAST_PATH = 0.9;

    /** Checks the numbers. */
    public Consistency {
        requireWithin("teacher-steps", 2, MOST_STEPS, teacherSteps);
        require(
                studentSteps >= 1 && studentSteps < teacherSteps,
                "student-steps",
                "from 1 to " + (teacherSteps - 1) + ", fewer than the teacher's",
                studentSteps);
    }

    @Override
    public SchedulerKind sampler() {
        return SchedulerKind.LCM;
    }

    @Override
    public Map<String, Object> samplerOptions() {
        return Map.of(
                "original_inference_steps", teacherSteps, "timestep_scaling", TIMESTEP_SCALING, "clip_sample", true);
    }

    /** {@inheritDoc} A path's steps are of the same number of timesteps, at least 2, and begin where there is little but noise. */
    @Override
    public void check(TrainingPlan plan, int length) {
        DistillationMethod.super.check(plan, length);
        int stride = length / teacherSteps;
        requireGiven(
                stride > 1 && stride * teacherSteps >= LEAST_PATH * length,
                "teacher-steps",
                "steps of two timesteps or more that reach nearly all " + length + ", such as 50",
                teacherSteps);
    }

    /**
     * A network that learns so.
     *
     * @param network the student's network, whose batches aren't asked for
     * @param samples pictures or latents
     * @param inputs what the network gets of them
     * @param plan how it learns
     * @param clips whether samples are pictures, which are clipped to [-1, 1]
     * @param teacher opens the teacher
     * @return the network, and the batches that it learns from
     */
    public TrainedNetwork student(
            TrainedNetwork network,
            PictureSource samples,
            BatchRecipe inputs,
            TrainingPlan plan,
            boolean clips,
            Supplier<Teacher> teacher) {
        return new ConsistencyStudent(network, new Student.Lesson(samples, inputs, plan, clips), this, teacher);
    }

    /** What the student's picture is made of at a timestep. */
    static ConsistencyWeights weights(long timestep) {
        return ConsistencyWeights.at(timestep == TeacherStep.CLEAN ? 0 : timestep, TIMESTEP_SCALING);
    }

    /** The timestep at which one of the teacher's steps begins, the steps counted from the end, as the sampler of the result has it. */
    long timestep(int number, int length) {
        return number == 0 ? TeacherStep.CLEAN : (long) number * (length / teacherSteps) - 1;
    }

    /** Where the teacher's step from such a timestep ends. */
    long next(long timestep, int length) {
        int number = (int) ((timestep + 1) / (length / teacherSteps));
        return timestep(number - 1, length);
    }
}
