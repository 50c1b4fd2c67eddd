package org.diffusion4j.training.record;

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
public final class RunMetrics {
    /** A single step's loss says little: its timesteps are drawn, and with them how hard it is. */
    private static final int FINAL_STEPS = 100;

    private static final JsonMapper JSON = new JsonMapper();

    private final ThinnedCurve loss = new ThinnedCurve();
    private final ThinnedCurve gradientNorm = new ThinnedCurve();
    private final ThinnedCurve learningRate = new ThinnedCurve();
    private final ThinnedCurve imagesPerSecond = new ThinnedCurve();
    private final Deque<Double> lastLosses = new ArrayDeque<>();
    /** Of the steps that were told a speed: how many, and how long an image took in each, added up. */
    private long timedSteps;

    private double secondsPerImage;
    private long steps;

    private RunMetrics() {}

    /**
     * Reads a file. Lines that a crash cut off, and values that aren't there, are left out.
     *
     * @param file a line of JSON per step; none is the same as an empty one
     * @return what it holds
     * @throws Diffusion4jException if it can't be read
     */
    public static RunMetrics read(Path file) {
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
        double speed = line.path("images_per_second").asDouble();
        if (speed > 0) {
            timedSteps++;
            secondsPerImage += 1 / speed;
        }
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

    /**
     * The number of steps.
     *
     * @return the number of the last step; 0 if there is none
     */
    public long steps() {
        return steps;
    }

    /**
     * The loss of each step.
     *
     * @return without points where no step has one, like the other curves
     */
    public ThinnedCurve loss() {
        return loss;
    }

    /**
     * The gradient's norm, of all parameters together, before clipping.
     *
     * @return a point for one step or more
     */
    public ThinnedCurve gradientNorm() {
        return gradientNorm;
    }

    /**
     * The learning rate of each step.
     *
     * @return a point for one step or more
     */
    public ThinnedCurve learningRate() {
        return learningRate;
    }

    /**
     * The recorded speed of each step, in images per second.
     *
     * @return a point for one step or more
     */
    public ThinnedCurve imagesPerSecond() {
        return imagesPerSecond;
    }

    /**
     * The mean loss over the last {@link #finalSteps}.
     *
     * @return the mean; NaN if there is none
     */
    public double finalLoss() {
        return lastLosses.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }

    /**
     * The number of steps whose mean is the final loss.
     *
     * @return from 0 to {@value #FINAL_STEPS}
     */
    public int finalSteps() {
        return lastLosses.size();
    }

    /**
     * The speed of all steps together.
     *
     * @return images per second; NaN if no step has a recorded speed
     */
    public double meanImagesPerSecond() {
        return timedSteps / secondsPerImage;
    }
}
