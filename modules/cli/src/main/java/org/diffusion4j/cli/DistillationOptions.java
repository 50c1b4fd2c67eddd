package org.diffusion4j.cli;

import org.diffusion4j.pipeline.prompt.PromptTexts;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.distill.Consistency;
import org.diffusion4j.training.distill.DistillationMethod;
import org.diffusion4j.training.distill.Halving;
import org.diffusion4j.training.prompt.PromptDistillation;
import org.diffusion4j.training.prompt.PromptTask;
import org.diffusion4j.training.prompt.PromptTaskBuilder;
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
                            + " that of sample for one that reads texts, otherwise 1).")
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

    /** How the teacher's steps are learned. */
    DistillationMethod method(TrainingPlan plan) {
        if (guidance != null && !Double.isFinite(guidance)) {
            throw fault("--guidance: expected a finite number, found " + guidance);
        }
        int few = studentSteps == null ? STUDENT_STEPS : studentSteps;
        try {
            return switch (method) {
                case PROGRESSIVE -> new Halving(teacherSteps == null ? TEACHER_STEPS : teacherSteps, few, plan.steps());
                case CONSISTENCY -> new Consistency(teacherSteps == null ? PATH_STEPS : teacherSteps, few);
            };
        } catch (IllegalArgumentException e) {
            throw fault("--" + e.getMessage());
        }
    }

    /** The teacher's guidance. */
    double guidance(ModelSettings settings, double usual) {
        Double best = settings.sampling().guidance();
        return guidance != null ? guidance : best != null ? best : usual;
    }

    /** What is taught of a model that reads texts. */
    PromptTask ofPrompts(PromptTask task, DistillationMethod how) {
        try {
            return PromptTaskBuilder.builder(task)
                    .distillation(new PromptDistillation(
                            (Consistency) how,
                            guidance(
                                    task.parts().settings(),
                                    PromptTexts.of(task.parts()).usualGuidance())))
                    .build();
        } catch (IllegalArgumentException e) {
            throw fault("--" + e.getMessage());
        }
    }

    /** Refuses a method that models which read texts don't learn by. */
    void requireForTexts(DistillationMethod how) {
        if (!(how instanceof Consistency)) {
            throw fault("--distill: expected consistency for a model that reads texts, found progressive");
        }
    }
}
