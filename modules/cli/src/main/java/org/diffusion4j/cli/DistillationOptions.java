package org.diffusion4j.cli;

import org.diffusion4j.data.PictureSource;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.distill.Consistency;
import org.diffusion4j.training.distill.DistillationMethod;
import org.diffusion4j.training.distill.DistillationTask;
import org.diffusion4j.training.distill.Halving;
import org.diffusion4j.training.prompt.PromptDistillation;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.diffusers.ModelSettings;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of teaching a network to draw in few steps. */
final class DistillationOptions {
    private static final int TEACHER_STEPS = 16;
    private static final int PATH_STEPS = 50;
    private static final int STUDENT_STEPS = 4;
    /** Diffusers' default of Stable Diffusion. */
    private static final double TEXT_GUIDANCE = 7.5;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--distill",
            paramLabel = "HOW",
            description =
                    "Teach a network to draw in few steps what --teacher draws in many: progressive, which halves the number of"
                            + " steps again and again, or consistency, which says where each of the teacher's steps leads in the"
                            + " end and is drawn with lcm.")
    private Method method;

    @Option(
            names = "--teacher",
            paramLabel = "MODEL",
            description =
                    "With --distill: the model that is imitated, one of the zoo, a diffusers folder or a single file; one that"
                            + " reads texts by consistency, with --lora-rank as an adapter beside it.")
    private String teacher;

    @Option(
            names = "--teacher-steps",
            paramLabel = "N",
            description =
                    "Steps of the teacher (default: " + TEACHER_STEPS + ", or " + PATH_STEPS + " of consistency).")
    private Integer teacherSteps;

    @Option(
            names = "--student-steps",
            paramLabel = "N",
            description =
                    "Steps that the result draws in; with progressive the teacher's, halved once or more (default: "
                            + STUDENT_STEPS + ").")
    private Integer studentSteps;

    @Option(
            names = "--guidance",
            paramLabel = "G",
            description =
                    "The teacher's guidance, which the result has without further cost (default: the model's best; if it says none,"
                            + " " + TEXT_GUIDANCE + " of one that reads texts, otherwise 1).")
    private Double guidance;

    /** How one network learns from another. */
    private enum Method {
        PROGRESSIVE,
        CONSISTENCY
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
            DistillationMethod how =
                    switch (method) {
                        case PROGRESSIVE ->
                            new Halving(
                                    teacherSteps == null ? TEACHER_STEPS : teacherSteps, studentSteps(), plan.steps());
                        case CONSISTENCY -> consistency();
                    };
            return new DistillationTask(model, pictures, plan, how, best == null ? 1 : best);
        } catch (IllegalArgumentException e) {
            throw fault("--" + e.getMessage());
        }
    }

    /** What is taught of a model that reads texts. */
    PromptDistillation ofPrompts(ModelSettings settings) {
        if (method != Method.CONSISTENCY) {
            throw fault("--distill: expected consistency for a model that reads texts, found progressive");
        }
        Double best = guidance != null ? guidance : settings.sampling().guidance();
        try {
            return new PromptDistillation(consistency(), best == null ? TEXT_GUIDANCE : best);
        } catch (IllegalArgumentException e) {
            throw fault("--" + e.getMessage());
        }
    }

    private int studentSteps() {
        return studentSteps == null ? STUDENT_STEPS : studentSteps;
    }

    private Consistency consistency() {
        return new Consistency(teacherSteps == null ? PATH_STEPS : teacherSteps, studentSteps());
    }
}
