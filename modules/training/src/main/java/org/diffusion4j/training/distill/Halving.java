package org.diffusion4j.training.distill;

import static org.diffusion4j.Requirement.require;
import static org.diffusion4j.Requirement.requireWithin;

import java.util.Map;
import org.diffusion4j.diffusion.sampler.SchedulerKind;

/**
 * Progressive distillation (Salimans and Ho 2022, arXiv:2202.00512, algorithm 2), whose first stage also folds the guidance into the
 * network (Meng et al. 2022, arXiv:2210.03142). In each stage the student learns to do in one step of DDIM what its teacher does in two;
 * then it is the next stage's teacher.
 *
 * @param teacherSteps how many steps the first teacher takes, from 2 to {@value #MOST_STEPS}
 * @param studentSteps how many steps the last student takes: the teacher's, halved once or more
 * @param steps of the optimiser in all, at least one for each stage
 */
public record Halving(int teacherSteps, int studentSteps, long steps) implements DistillationMethod {
    /** More than anyone draws with. */
    public static final int MOST_STEPS = 1024;

    /** Checks the numbers. */
    public Halving {
        requireWithin("teacher-steps", 2, MOST_STEPS, teacherSteps);
        int halved = teacherSteps;
        while (halved > studentSteps && halved % 2 == 0) {
            halved /= 2;
        }
        require(
                studentSteps >= 1 && studentSteps < teacherSteps && halved == studentSteps,
                "student-steps",
                "the teacher's " + teacherSteps + ", halved once or more",
                studentSteps);
        require(steps >= stages(teacherSteps, studentSteps), "steps", "at least one for each stage", steps);
    }

    @Override
    public SchedulerKind sampler() {
        return SchedulerKind.DDIM;
    }

    @Override
    public Map<String, Object> samplerOptions() {
        return Map.of("timestep_spacing", "trailing", "use_clipped_model_output", true, "clip_sample", true);
    }

    private static int stages(int teacherSteps, int studentSteps) {
        return Integer.numberOfTrailingZeros(teacherSteps / studentSteps);
    }

    /**
     * How often the number of steps is halved.
     *
     * @return at least 1
     */
    public int stages() {
        return stages(teacherSteps, studentSteps);
    }

    /** The stage of one of the optimiser's steps, both from 0. */
    int stage(long step) {
        return (int) Math.min(stages() - 1L, step * stages() / steps);
    }

    /** The first of the optimiser's steps in a stage. */
    long first(int stage) {
        return (steps * stage + stages() - 1) / stages();
    }

    /** How many steps the student of a stage takes. */
    int student(int stage) {
        return teacherSteps >> (stage + 1);
    }
}
