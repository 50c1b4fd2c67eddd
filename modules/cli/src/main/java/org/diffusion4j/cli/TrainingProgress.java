package org.diffusion4j.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import org.diffusion4j.training.Trainer;
import org.diffusion4j.training.TrainingListener;

/** Shows the progress of training: a bar on a terminal, otherwise a line every few seconds. */
abstract sealed class TrainingProgress implements TrainingListener {
    /** The loss is averaged over steps, since that of a single step says little. */
    private static final double SMOOTHING = 0.98;

    private final PrintWriter err;
    private double smoothed = Double.NaN;

    private TrainingProgress(PrintWriter err) {
        this.err = err;
    }

    /** @param err where lines are printed; a bar is drawn on the terminal directly */
    static TrainingProgress on(PrintWriter err) {
        return Boolean.getBoolean(TerminalBar.TERMINAL) ? new Bar(err) : new Lines(err);
    }

    @Override
    public void message(String line) {
        err.println(line);
    }

    @Override
    public void step(Trainer.Step step, double imagesPerSecond) {
        smoothed = Double.isNaN(smoothed) ? step.loss() : SMOOTHING * smoothed + (1 - SMOOTHING) * step.loss();
        show(step.number(), String.format(Locale.ROOT, "loss %.4f, %.1f images/s", smoothed, imagesPerSecond));
    }

    abstract void show(long step, String text);

    /** Lines, for logs and files. */
    private static final class Lines extends TrainingProgress {
        private static final long NANOS = 5_000_000_000L;

        private final PrintWriter err;
        private long steps;
        private long first;
        private long began;
        private long last;

        Lines(PrintWriter err) {
            super(err);
            this.err = err;
        }

        @Override
        public void started(long stepsDone, long total) {
            first = stepsDone;
            steps = total;
            began = System.nanoTime();
            last = began;
        }

        @Override
        void show(long step, String text) {
            long now = System.nanoTime();
            if (now - last < NANOS && step < steps) {
                return;
            }
            last = now;
            long left = (long) ((now - began) / 1e9 / (step - first) * (steps - step));
            err.println(String.format(
                    Locale.ROOT,
                    "step %d of %d: %s, %d:%02d:%02d left",
                    step,
                    steps,
                    text,
                    left / 3600,
                    left / 60 % 60,
                    left % 60));
        }

        @Override
        public void checkpoint(long step, Path folder) {
            err.println("checkpoint " + folder);
        }
    }

    /** A bar on a terminal, which itself shows the remaining time. */
    private static final class Bar extends TrainingProgress {
        private ProgressBar bar;

        Bar(PrintWriter err) {
            super(err);
        }

        @Override
        public void started(long stepsDone, long steps) {
            bar = TerminalBar.builder("training", true)
                    .setInitialMax(steps)
                    .startsFrom(stepsDone, Duration.ZERO)
                    .build();
        }

        @Override
        void show(long step, String text) {
            bar.setExtraMessage(" " + text);
            bar.stepTo(step);
        }

        @Override
        public void ended() {
            if (bar != null) {
                bar.close();
            }
        }
    }
}
