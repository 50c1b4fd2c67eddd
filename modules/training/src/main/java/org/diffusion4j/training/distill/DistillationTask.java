package org.diffusion4j.training.distill;

import static org.diffusion4j.Requirement.require;
import static org.diffusion4j.Requirement.requireGiven;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.sampler.BetaSchedulerConfig;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.pipeline.MemoryEstimate;
import org.diffusion4j.training.DiffusionTrainer;
import org.diffusion4j.training.LocalGradients;
import org.diffusion4j.training.NoisyBatches;
import org.diffusion4j.training.TrainedNetwork;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.record.RunDescription;
import org.diffusion4j.training.run.RunOptions;
import org.diffusion4j.training.run.TrainedModel;
import org.diffusion4j.training.run.TrainingRun;
import org.diffusion4j.training.run.TrainingTask;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.diffusers.ModelSettings;
import org.diffusion4j.weights.file.AvailableMemory;

/**
 * Teaches a network to draw in few steps what its teacher draws in many, by {@linkplain Halving progressive} or {@linkplain Consistency
 * consistency} distillation. The student begins with the teacher's weights and predicts v. The result draws without guidance, as that is
 * folded into it.
 *
 * @param teacher what is imitated, with a scheduler
 * @param pictures from which noisy samples are made, of the teacher's size, channels and classes
 * @param plan how the student learns; its labels aren't dropped
 * @param method how it is taught
 * @param guidance of the teacher; 1 for none
 */
public record DistillationTask(
        DiffusersModel teacher, PictureSource pictures, TrainingPlan plan, DistillationMethod method, double guidance)
        implements TrainingTask {
    /** Checks the guidance. */
    public DistillationTask {
        require(Double.isFinite(guidance), "guidance", "a finite number", guidance);
        requireGiven(
                guidance == 1 || teacher.settings().nullClass() != null,
                "guidance",
                "1, as the teacher has no label that stands for no class",
                guidance);
    }

    /**
     * The student before it has learned.
     *
     * @return the teacher's network, which predicts v and draws in as few steps as it will
     */
    DiffusersModel student() {
        ModelSettings.Sampling sampling = new ModelSettings.Sampling(
                method.sampler(),
                method.studentSteps(),
                teacher.settings().nullClass() == null ? null : 1.0,
                method.samplerOptions());
        return teacher.withScheduler(
                        teacher.scheduler().with(Map.of("prediction_type", Prediction.V_PREDICTION.configName())))
                .withSettings(new ModelSettings(
                        teacher.settings().classNames(), teacher.settings().nullClass(), sampling));
    }

    /** The teacher, with its guidance. */
    Teacher openTeacher(LocalGradients.Computer computer) {
        return new ClassTeacher(teacher, teacher.tensors(), teacher.scheduler().predictionType(), guidance, computer);
    }

    /** Without a teacher, this is how the student would be trained. */
    private TrainingTask plain() {
        return TrainingRun.task(student(), pictures, plan);
    }

    @Override
    public long check(RunOptions options) {
        SchedulerConfig scheduler = teacher.scheduler();
        requireGiven(
                scheduler instanceof BetaSchedulerConfig,
                "teacher",
                "a scheduler with a table of betas, as the noise of a training step is one of its",
                scheduler == null ? "none" : scheduler.kind().className());
        method.check(plan, teacher.scheduler().noise().length());
        requireGiven(
                plan.prediction() == null || plan.prediction() == Prediction.V_PREDICTION,
                "prediction",
                "v_prediction, which says something at every timestep",
                plan.prediction() == null ? null : plan.prediction().configName());
        long student = plain().check(options);
        if (options.engine().here() != EngineKind.ONEDNN) {
            return 0; // SameDiff's is known when it runs
        }
        MemoryEstimate beside = MemoryEstimate.forward(
                teacher.config(),
                UNetGraph.of(teacher.config()),
                guidance == 1 ? plan.batchSize() : 2 * plan.batchSize(),
                options.threads(),
                options.engine().resolve(options.precision()));
        long needed = student + beside.weights() + beside.activations();
        requireGiven(
                needed <= AvailableMemory.bytes(),
                "memory",
                String.format(Locale.ROOT, "at most %.1f GB", AvailableMemory.bytes() / 1e9),
                String.format(
                        Locale.ROOT,
                        "that a step takes about %.1f GB with its teacher; a smaller --batch takes less",
                        needed / 1e9));
        return needed;
    }

    @Override
    public boolean readsFrom(Path folder) {
        return pictures.readsFrom(folder);
    }

    @Override
    public RunDescription.Subject subject() {
        RunDescription.Subject student = RunDescription.Subject.of(student(), pictures);
        ObjectNode network = student.network().deepCopy();
        network.put("distillation", method.toString()).put("guidance", guidance);
        return new RunDescription.Subject(network, student.scheduler(), student.pictures(), student.sum());
    }

    @Override
    public void tryToWrite(Path folder) {
        plain().tryToWrite(folder);
    }

    @Override
    public Learner begin(Path checkpoint, Path folder, RunOptions options, Consumer<String> listener) {
        DiffusersModel student = student();
        TrainedNetwork network = LocalGradients.network(student, pictures, plan);
        Student.Lesson lesson = new Student.Lesson(pictures, NoisyBatches.recipe(student, plan), plan, true);
        Student taught = method instanceof Halving halving
                ? new ProgressiveStudent(
                        network, lesson, student, this, halving, options.computer(), folder.resolve("teachers"))
                : new ConsistencyStudent(network, lesson, (Consistency) method, () -> openTeacher(options.computer()));
        DiffusionTrainer trainer = new DiffusionTrainer(
                student, plan, new LocalGradients(taught, plan, options.computer()), options.threads());
        return TrainingRun.learner(trainer);
    }

    @Override
    public TrainedModel read(Path checkpoint) {
        return plain().read(checkpoint);
    }
}
