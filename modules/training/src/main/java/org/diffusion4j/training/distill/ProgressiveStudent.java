package org.diffusion4j.training.distill;

import static org.diffusion4j.Requirement.requireGiven;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.samediff.WeightSource;
import org.diffusion4j.training.BatchRecipe;
import org.diffusion4j.training.DiffusionLoss;
import org.diffusion4j.training.LocalGradients;
import org.diffusion4j.training.TrainedNetwork;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.file.FileReplacement;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A network that learns from a teacher, and becomes the next stage's teacher itself. Each stage's teacher lies in the run's folder, as
 * a run that goes on needs it.
 */
final class ProgressiveStudent extends Student {
    private final DiffusersModel model;
    private final DistillationTask task;
    private final Halving halving;
    private final LocalGradients.Computer computer;
    private final Path folder;
    private int stage = -1;
    /** What the student of the stage before came to; null in the first one. */
    private Map<String, INDArray> former;

    /**
     * @param network the student's network
     * @param lesson what it learns from
     * @param model the student's options
     * @param task what is taught
     * @param halving the stages
     * @param computer what computes
     * @param folder for the stages' teachers
     */
    ProgressiveStudent(
            TrainedNetwork network,
            Lesson lesson,
            DiffusersModel model,
            DistillationTask task,
            Halving halving,
            LocalGradients.Computer computer,
            Path folder) {
        super(network, lesson);
        this.model = model;
        this.task = task;
        this.halving = halving;
        this.computer = computer;
        this.folder = folder;
    }

    @Override
    public DiffusionLoss loss() {
        return network().loss();
    }

    @Override
    BatchRecipe recipe(BatchRecipe inputs) {
        return new ProgressiveRecipe(inputs, teacher(), step(), halving.student(stage));
    }

    private Teacher teacher() {
        if (former == null) {
            return task.openTeacher(computer);
        }
        Map<String, WeightSource> weights = new LinkedHashMap<>(model.tensors());
        former.forEach((name, array) -> weights.put(name, WeightSource.of(array)));
        return new ClassTeacher(model, weights, Prediction.V_PREDICTION, 1, computer);
    }

    @Override
    public boolean begins(long step, FlatParameters parameters) {
        int now = halving.stage(step);
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
        if (step == halving.first(stage)) {
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
