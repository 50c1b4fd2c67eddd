package org.diffusion4j.training.distill;

import static org.diffusion4j.Requirement.requireGiven;

import java.util.Map;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.training.TrainingPlan;

/** How a student learns to draw in few steps what its teacher draws in many. */
public sealed interface DistillationMethod permits Halving, Consistency {
    /**
     * How many steps the teacher takes.
     *
     * @return at least 2
     */
    int teacherSteps();

    /**
     * How many steps the result draws in.
     *
     * @return from 1 to one less than the teacher's
     */
    int studentSteps();

    /**
     * What the result draws with.
     *
     * @return the kind of sampler
     */
    SchedulerKind sampler();

    /**
     * The sampler's options.
     *
     * @return by diffusers' names
     */
    Map<String, Object> samplerOptions();

    /**
     * Checks what all methods want of a plan and a noise schedule.
     *
     * @param plan how the student learns
     * @param length of the schedule, in timesteps
     * @throws org.diffusion4j.Diffusion4jException if labels or captions are dropped, noise is another one than the teacher's, or its steps
     *     don't fit the schedule
     */
    default void check(TrainingPlan plan, int length) {
        requireGiven(
                plan.labelDropout() == 0,
                "label-dropout",
                "0, as guidance is folded into the network",
                plan.labelDropout());
        requireGiven(!plan.zeroSnr(), "zero-snr", "the noise schedule that the teacher learned", "another one");
        requireGiven(
                plan.noiseOffset() == 0, "noise-offset", "0, as the teacher hasn't seen others", plan.noiseOffset());
        requireGiven(
                teacherSteps() <= length,
                "teacher-steps",
                "at most " + length + ", the timesteps of the noise schedule",
                teacherSteps());
    }
}
