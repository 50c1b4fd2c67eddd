package org.diffusion4j.training;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import org.diffusion4j.Diffusion4jException;

/** What a run's steps came to, read from its {@link MetricsFile} in memory that doesn't grow with their number. */
final class RunMetrics {
    /** A single step's loss says little: its timesteps are drawn, and with them how hard it is. */
    private static final int FINAL_STEPS = 100;

    private static final JsonMapper JSON = new JsonMapper();

    private final ThinnedCurve loss = new ThinnedCurve();
    private final ThinnedCurve gradientNorm = new ThinnedCurve();
    private final ThinnedCurve learningRate = new ThinnedCurve();
    private final ThinnedCurve imagesPerSecond = new ThinnedCurve();
    private final Deque<Double> lastLosses = new ArrayDeque<>();
    private double lastImagesPerSecond = Double.NaN;
    private long steps;

    private RunMetrics() {}

    /**
     * Reads a file. Lines that a crash cut off, and values that aren't there, are left out.
     *
     * @param file a line of JSON per step; none is the same as an empty one
     * @throws Diffusion4jException if it can't be read
     */
    static RunMetrics read(Path file) {
        RunMetrics metrics = new RunMetrics();
        if (!Files.exists(file)) {
            return metrics;
        }
        // Not Files.newBufferedReader: what a crash leaves may be no UTF-8.
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                metrics.add(line);
            }
        } catch (IOException e) {
            throw new Diffusion4jException(String.format(Locale.ROOT, "%s: expected to read it, found %s", file, e), e);
        }
        return metrics;
    }

    private void add(String text) {
        JsonNode line;
        try {
            line = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            return;
        }
        long step = line.path("step").asLong();
        if (step < 1) {
            return;
        }
        steps = Math.max(steps, step);
        add(line.path("loss"), step, loss);
        add(line.path("gradient_norm"), step, gradientNorm);
        add(line.path("learning_rate"), step, learningRate);
        add(line.path("images_per_second"), step, imagesPerSecond);
        lastImagesPerSecond = line.path("images_per_second").asDouble(lastImagesPerSecond);
        if (line.path("loss").isNumber()) {
            lastLosses.addLast(line.path("loss").doubleValue());
            if (lastLosses.size() > FINAL_STEPS) {
                lastLosses.removeFirst();
            }
        }
    }

    private static void add(JsonNode value, long step, ThinnedCurve curve) {
        if (value.isNumber()) {
            curve.add(step, value.doubleValue());
        }
    }

    /** The last step's number; 0 where there is none. */
    long steps() {
        return steps;
    }

    ThinnedCurve loss() {
        return loss;
    }

    /** Of all parameters together, before clipping. */
    ThinnedCurve gradientNorm() {
        return gradientNorm;
    }

    ThinnedCurve learningRate() {
        return learningRate;
    }

    /** Each a mean since the run began or went on. */
    ThinnedCurve imagesPerSecond() {
        return imagesPerSecond;
    }

    /** The mean over the last {@link #finalSteps}; NaN where there is none. */
    double finalLoss() {
        return lastLosses.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }

    int finalSteps() {
        return lastLosses.size();
    }

    /** The mean over the whole run, or since it last went on; NaN where there is none. */
    double lastImagesPerSecond() {
        return lastImagesPerSecond;
    }
}
