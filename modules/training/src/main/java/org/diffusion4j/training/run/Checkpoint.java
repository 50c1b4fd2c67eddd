package org.diffusion4j.training.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.training.Trainer;
import org.diffusion4j.training.record.RunDescription;
import org.diffusion4j.weights.file.JsonFile;
import org.diffusion4j.weights.file.Sha256;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A state that a run can go on from: what training came to, such as a model's folder, with the trainer's vectors
 * ({@code training.safetensors}), the run's description ({@code run.json}) and a list of all files with their SHA-256 ({@code checkpoint.json}), which is written
 * last.
 *
 * @param folder where it lies
 * @param step how many steps it is the result of
 * @param meanLoss of the steps since the checkpoint before it
 */
public record Checkpoint(Path folder, long step, double meanLoss) {
    private static final String LIST = "checkpoint.json";
    private static final String STATE = "training.safetensors";

    /** The name of its folder. */
    static String name(long step) {
        return String.format(Locale.ROOT, "step-%08d", step);
    }

    /** Makes a folder and fills it. */
    static void write(Path folder, TrainingTask.Learner learner, double meanLoss, RunDescription run)
            throws IOException {
        Files.createDirectories(folder);
        try (TrainedModel model = learner.model()) {
            model.write(folder);
        }
        Trainer trainer = learner.trainer();
        SafetensorsWriter.writeArrays(folder.resolve(STATE), trainer.state());
        run.write(folder);
        ObjectNode list = JsonNodeFactory.instance.objectNode();
        list.put("step", trainer.steps());
        list.put("mean_loss", meanLoss);
        ObjectNode files = list.putObject("sha256");
        sums(folder).forEach(files::put);
        JsonFile.write(folder.resolve(LIST), list);
    }

    /**
     * Opens one, having checked that every file of it is whole.
     *
     * @throws Diffusion4jException where one isn't
     */
    static Checkpoint open(Path folder) {
        Map<String, String> found;
        try {
            found = sums(folder);
        } catch (IOException e) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "%s: expected to read it, found %s", folder, e), e);
        }
        ObjectNode list = JsonFile.read(folder.resolve(LIST));
        for (Map.Entry<String, JsonNode> entry : list.path("sha256").properties()) {
            String sum = found.getOrDefault(entry.getKey(), "no such file");
            if (!sum.equals(entry.getValue().asText())) {
                throw new Diffusion4jException(String.format(
                        Locale.ROOT,
                        "%s: expected SHA-256 %s, found %s",
                        folder.resolve(entry.getKey()),
                        entry.getValue().asText(),
                        sum));
            }
        }
        Checkpoint checkpoint = of(folder, list);
        String expected = name(checkpoint.step);
        if (!folder.getFileName().toString().equals(expected)) {
            throw new Diffusion4jException(
                    folder + ": expected the step that its name says, found that of " + expected);
        }
        return checkpoint;
    }

    /**
     * One that isn't checked, but for its list.
     *
     * @throws Diffusion4jException where the list isn't as it must be
     */
    static Checkpoint unchecked(Path folder) {
        return of(folder, JsonFile.read(folder.resolve(LIST)));
    }

    private static Checkpoint of(Path folder, ObjectNode list) {
        if (!list.path("step").isIntegralNumber()
                || !list.path("mean_loss").isNumber()
                || !list.path("sha256").has(STATE)) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "%s: expected step, mean_loss and sha256 of all files, found %s",
                    folder.resolve(LIST),
                    list));
        }
        return new Checkpoint(
                folder, list.path("step").longValue(), list.path("mean_loss").doubleValue());
    }

    private static Map<String, String> sums(Path folder) throws IOException {
        Map<String, String> sums = new TreeMap<>();
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path file : tree.filter(Files::isRegularFile).toList()) {
                sums.put(folder.relativize(file).toString().replace('\\', '/'), Sha256.of(file));
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return sums;
    }

    /** Makes a trainer of the same model and plan go on from here. */
    void restore(Trainer trainer) {
        Map<String, INDArray> state = new LinkedHashMap<>();
        try (SafetensorsReader reader = SafetensorsReader.open(folder.resolve(STATE))) {
            for (String name : reader.names()) {
                state.put(name, reader.read(name));
            }
        }
        try {
            trainer.restore(step, state);
        } catch (IllegalArgumentException e) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "%s: %s", folder.resolve(STATE), e.getMessage()), e);
        } finally {
            state.values().forEach(INDArray::close);
        }
    }
}
