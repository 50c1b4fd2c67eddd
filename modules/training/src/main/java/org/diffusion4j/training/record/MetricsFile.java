package org.diffusion4j.training.record;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.training.Trainer;
import org.diffusion4j.training.TrainingListener;
import org.diffusion4j.weights.file.FileReplacement;

/**
 * A line of JSON per step: {@code {"step", "loss", "gradient_norm", "learning_rate", "images_per_second"}}. A run that
 * continues from a checkpoint writes the steps after it anew.
 */
public final class MetricsFile implements TrainingListener, AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    private final Path file;
    private final BufferedWriter writer;

    /**
     * Opens the file in order to append to it.
     *
     * @param file the file, which is made if it doesn't exist
     * @param stepsDone the last step to keep; lines of later steps are dropped
     * @throws Diffusion4jException if it can't be read or written
     */
    public MetricsFile(Path file, long stepsDone) {
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

    /** Line by line: a long run has millions. One that a crash cut off goes with those that are too late. */
    private void cut(long stepsDone) {
        FileReplacement.write(file, channel -> {
            Writer kept = Channels.newWriter(
                    channel, StandardCharsets.UTF_8); // not closed, since the channel belongs to the caller
            // Files.newBufferedReader isn't used, because a crash may leave bytes that aren't UTF-8.
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (isOf(line, stepsDone)) {
                        kept.write(line + "\n");
                    }
                }
            }
            kept.flush();
        });
    }

    private static boolean isOf(String line, long stepsDone) {
        try {
            long step = JSON.readTree(line).path("step").asLong();
            return step >= 1 && step <= stepsDone;
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    @Override
    public void step(Trainer.Step step, double imagesPerSecond) {
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
        return new Diffusion4jException(String.format(Locale.ROOT, "%s: expected to write it, found %s", file, e), e);
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
