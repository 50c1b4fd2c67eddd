package org.diffusion4j.training.distill;

import static org.diffusion4j.Requirement.requireGiven;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.BatchNumbers;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.samediff.WeightSource;
import org.diffusion4j.training.DiffusionLoss;
import org.diffusion4j.training.LocalGradients;
import org.diffusion4j.training.NoisyBatches;
import org.diffusion4j.training.TrainedNetwork;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.file.FileReplacement;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A network that learns from a teacher, and becomes the next stage's teacher itself. Each stage's teacher lies in the run's folder, as
 * a run that goes on needs it.
 */
final class StudentNetwork implements TrainedNetwork {
    private final TrainedNetwork student;
    private final DiffusersModel model;
    private final DistillationTask task;
    private final LocalGradients.Computer computer;
    private final Path folder;
    private int stage = -1;
    /** What the student of the stage before came to; null in the first one. */
    private Map<String, INDArray> former;

    /**
     * @param student the network, and batches without a teacher
     * @param model the student's options
     * @param task what is taught
     * @param computer what computes
     * @param folder for the stages' teachers
     */
    StudentNetwork(
            TrainedNetwork student,
            DiffusersModel model,
            DistillationTask task,
            LocalGradients.Computer computer,
            Path folder) {
        this.student = student;
        this.model = model;
        this.task = task;
        this.computer = computer;
        this.folder = folder;
    }

    @Override
    public SameDiff graph(SampleSize size) {
        return student.graph(size);
    }

    @Override
    public SampleSize size() {
        return student.size();
    }

    @Override
    public boolean trains(String parameter) {
        return student.trains(parameter);
    }

    @Override
    public DiffusionLoss loss() {
        return student.loss();
    }

    @Override
    public NoisyBatches batches(BatchNumbers numbers) {
        TrainingPlan plan = task.plan();
        return new NoisyBatches(
                task.pictures().batches(plan.batchSize(), plan.seed(), numbers),
                plan,
                student.loss(),
                new StudentRecipe(
                        NoisyBatches.recipe(model, plan),
                        teacher(),
                        new TeacherStep(student.loss().schedule()),
                        task.halving().student(stage)),
                numbers);
    }

    private Teacher teacher() {
        if (former == null) {
            DiffusersModel first = task.teacher();
            return new Teacher(first, first.tensors(), first.scheduler().predictionType(), task.guidance(), computer);
        }
        Map<String, WeightSource> weights = new LinkedHashMap<>(model.tensors());
        former.forEach((name, array) -> weights.put(name, WeightSource.of(array)));
        return new Teacher(model, weights, Prediction.V_PREDICTION, 1, computer);
    }

    @Override
    public boolean begins(long step, FlatParameters parameters) {
        int now = task.halving().stage(step);
        if (now == stage) {
            return false;
        }
        stage = now;
        former = now == 0 ? null : former(step, parameters);
        return true;
    }

    /** Taken when a stage begins, and read by a run that goes on in its middle. */
    private Map<String, INDArray> former(long step, FlatParameters parameters) {
        Path file = folder.resolve(String.format(Locale.ROOT, "teacher-%d.safetensors", stage));
        if (step == task.halving().first(stage)) {
            Map<String, INDArray> now = new LinkedHashMap<>();
            parameters
                    .names()
                    .forEach(name -> now.put(
                            name, parameters.view(parameters.values(), name).dup('c')));
            write(file, now);
            return now;
        }
        Map<String, INDArray> before = new LinkedHashMap<>();
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            reader.names().forEach(name -> before.put(name, reader.read(name)));
        }
        requireGiven(
                before.keySet().equals(parameters.names()),
                file.toString(),
                "the " + parameters.names().size() + " parameters that learn",
                before.size() + ", not all of them the same");
        return before;
    }

    private void write(Path file, Map<String, INDArray> arrays) {
        try {
            FileReplacement.makeFolder(folder);
        } catch (IOException e) {
            throw new Diffusion4jException(folder + ": expected to make this folder, found " + e, e);
        }
        SafetensorsWriter.writeArrays(file, arrays);
    }
}
