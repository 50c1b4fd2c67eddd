package org.diffusion4j.training;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.FileReplacement;

/**
 * A line of JSON a step: {@code {"step", "loss", "gradient_norm", "learning_rate", "images_per_second"}}. A run that goes
 * on from a checkpoint writes the steps after it anew.
 */
final class MetricsFile implements TrainingListener, AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    private final Path file;
    private final BufferedWriter writer;

    /**
     * @param file written on
     * @param stepsDone lines of later steps are dropped
     */
    MetricsFile(Path file, long stepsDone) {
        this.file = file;
        try {
            if (Files.exists(file)) {
                cut(stepsDone);
            }
            writer = Files.newBufferedWriter(
                    file, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private void cut(long stepsDone) throws IOException {
        StringBuilder kept = new StringBuilder();
        for (ObjectNode line : read(file)) {
            if (line.path("step").longValue() <= stepsDone) {
                kept.append(line).append('\n');
            }
        }
        FileReplacement.write(file, channel -> {
            var bytes = StandardCharsets.UTF_8.encode(kept.toString());
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        });
    }

    /**
     * Reads a file's lines; one that a crash cut off is left out.
     *
     * @throws IOException if it can't be read
     */
    static List<ObjectNode> read(Path file) throws IOException {
        List<ObjectNode> lines = new ArrayList<>();
        for (String line : Files.readString(file).lines().toList()) {
            try {
                JsonNode value = JSON.readTree(line);
                if (value instanceof ObjectNode object) {
                    lines.add(object);
                }
            } catch (JsonProcessingException e) {
                // the end of what was written when the machine failed
            }
        }
        return lines;
    }

    @Override
    public void step(DiffusionTrainer.Step step, double imagesPerSecond) {
        ObjectNode line = JsonNodeFactory.instance
                .objectNode()
                .put("step", step.number())
                .put("loss", step.loss())
                .put("gradient_norm", step.gradientNorm())
                .put("learning_rate", step.learningRate())
                .put("images_per_second", imagesPerSecond);
        try {
            writer.write(line.toString());
            writer.write('\n');
            writer.flush();
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private Diffusion4jException failure(IOException e) {
        return new Diffusion4jException("%s: expected to write it, found %s".formatted(file, e), e);
    }

    @Override
    public void close() {
        try {
            writer.close();
        } catch (IOException e) {
            throw failure(e);
        }
    }
}
