package org.diffusion4j.cli;

import org.diffusion4j.data.PictureSource;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.distill.DistillationTask;
import org.diffusion4j.training.distill.Halving;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of teaching a network to draw in few steps. */
final class DistillationOptions {
    private static final int TEACHER_STEPS = 16;
    private static final int STUDENT_STEPS = 4;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--distill",
            paramLabel = "HOW",
            description =
                    "Teach a network to draw in few steps what --teacher draws in many: progressive, which halves the number of"
                            + " steps again and again.")
    private Method method;

    @Option(
            names = "--teacher",
            paramLabel = "MODEL",
            description = "With --distill: the model that is imitated, one of the zoo or a diffusers folder.")
    private String teacher;

    @Option(
            names = "--teacher-steps",
            paramLabel = "N",
            description = "Steps of the teacher (default: " + TEACHER_STEPS + ").")
    private Integer teacherSteps;

    @Option(
            names = "--student-steps",
            paramLabel = "N",
            description = "Steps that the result draws in, the teacher's halved once or more (default: " + STUDENT_STEPS
                    + ").")
    private Integer studentSteps;

    @Option(
            names = "--guidance",
            paramLabel = "G",
            description =
                    "The teacher's guidance, which the result has without further cost (default: the model's best).")
    private Double guidance;

    /** How one network learns from another. */
    private enum Method {
        PROGRESSIVE
    }

    /** The model that is imitated; null if none is. */
    String teacher() {
        if (method == null) {
            String given = teacher != null
                    ? "--teacher"
                    : teacherSteps != null
                            ? "--teacher-steps"
                            : studentSteps != null ? "--student-steps" : guidance != null ? "--guidance" : null;
            if (given != null) {
                throw fault(given + ": expected --distill beside it, found none");
            }
            return null;
        }
        if (teacher == null) {
            throw fault("--distill: expected --teacher beside it, found none");
        }
        return teacher;
    }

    private ParameterException fault(String message) {
        return new ParameterException(command.commandLine(), message);
    }

    /** What is taught. */
    DistillationTask task(DiffusersModel model, PictureSource pictures, TrainingPlan plan) {
        Double best = guidance != null ? guidance : model.settings().sampling().guidance();
        try {
            Halving halving = new Halving(
                    teacherSteps == null ? TEACHER_STEPS : teacherSteps,
                    studentSteps == null ? STUDENT_STEPS : studentSteps,
                    plan.steps());
            return new DistillationTask(model, pictures, plan, halving, best == null ? 1 : best);
        } catch (IllegalArgumentException e) {
            throw fault("--" + e.getMessage());
        }
    }
}
