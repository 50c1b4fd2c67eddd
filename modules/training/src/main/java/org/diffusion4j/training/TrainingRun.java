package org.diffusion4j.training;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.weights.DiffusersFolder;
import org.diffusion4j.weights.DiffusersModel;
import org.diffusion4j.zoo.ImageGrid;

/**
 * A training run and the folder that it leaves: the model in diffusers' layout, {@code checkpoints/}, {@code samples/},
 * {@code metrics.jsonl}, {@code tensorboard/}, {@code run.json} (what the run was asked for) and {@code report.html}. A run
 * that was stopped, or whose machine failed, goes on from its newest whole checkpoint and ends with the same bits as one
 * that wasn't.
 */
public final class TrainingRun {
    private final DiffusersModel model;
    private final PictureSource pictures;
    private final TrainingPlan plan;
    private final Path folder;
    private final RunOptions options;
    private final List<TrainingListener> listeners;
    private volatile boolean stopped;

    /** What a run came to. */
    public enum Result {
        /** All steps are done, and the model is in the run's folder. */
        DONE,
        /** It was {@linkplain TrainingRun#stop stopped}: the last checkpoint is where it goes on from. */
        STOPPED
    }

    /**
     * A run that hasn't begun.
     *
     * @param model what is trained; a run that goes on takes its weights from the checkpoint
     * @param pictures what it learns
     * @param plan how
     * @param folder where everything goes; made if it isn't there
     * @param options what else is done
     * @param listeners told of it, in this order
     */
    public TrainingRun(
            DiffusersModel model,
            PictureSource pictures,
            TrainingPlan plan,
            Path folder,
            RunOptions options,
            TrainingListener... listeners) {
        this.model = model;
        this.pictures = pictures;
        this.plan = plan;
        this.folder = folder;
        this.options = options;
        this.listeners = new ArrayList<>(List.of(listeners));
    }

    /**
     * Runs to the end, or until it is stopped.
     *
     * @return which of the two
     * @throws Diffusion4jException if the folder has another run or can't be written, or model, pictures and plan don't go
     *     together, or the loss is no longer a number; the message names the last good checkpoint where there is one
     */
    public Result run() {
        try {
            // What can be seen to fail leaves no folder.
            TrainingChecks.check(model, pictures, plan);
            TrainingMemory.check(model.config(), plan, options.engine());
            options.engine().resolve(options.precision());
            Files.createDirectories(folder);
            return runLocked();
        } catch (IOException e) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "%s: expected to make this folder, found %s", folder, e), e);
        }
    }

    /** So that two runs don't write into one folder. The lock goes with the process, however it ends. */
    private Result runLocked() {
        try (FileChannel file =
                        FileChannel.open(folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = file.tryLock()) {
            if (lock == null) {
                throw inUse(null);
            }
            return runAlone();
        } catch (OverlappingFileLockException e) {
            throw inUse(e);
        } catch (IOException e) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "%s: expected to write there, found %s", folder, e), e);
        }
    }

    private Diffusion4jException inUse(Exception cause) {
        return new Diffusion4jException(
                String.format(Locale.ROOT, "%s: expected a folder that no run writes to, found one", folder), cause);
    }

    private Result runAlone() {
        Checkpoints checkpoints = new Checkpoints(folder.resolve("checkpoints"), options.keep());
        RunDescription description = RunDescription.of(model, pictures, plan);
        Checkpoint last = prepare(checkpoints, description);
        DiffusersModel start = last == null ? model : last.model();
        try (MetricsFile metrics = new MetricsFile(folder.resolve("metrics.jsonl"), last == null ? 0 : last.step());
                TensorBoardLog tensorBoard = new TensorBoardLog(folder.resolve("tensorboard"));
                DiffusionTrainer trainer = new DiffusionTrainer(
                        start, pictures, plan, options.engine(), options.threads(), options.precision())) {
            listeners.add(metrics);
            listeners.add(tensorBoard);
            if (last != null) {
                last.restore(trainer);
            }
            train(trainer, checkpoints, last);
            if (trainer.steps() < plan.steps()) {
                return Result.STOPPED;
            }
            try (ModelCopy copy = trainer.copy()) {
                DiffusersFolder.write(folder, copy.model());
            }
        } finally {
            listeners.forEach(TrainingListener::ended);
        }
        TrainingReport.write(folder);
        return Result.DONE;
    }

    /** What an earlier run left: its newest checkpoint, or null for a beginning. */
    private Checkpoint prepare(Checkpoints checkpoints, RunDescription description) {
        RunDescription before = RunDescription.read(folder);
        if (!options.resume() && (before != null || checkpoints.exist())) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT, "%s: expected a folder without a run, found one; --resume goes on with it", folder));
        }
        if (before != null) {
            before.requireSame(description, folder);
        }
        description.write(folder);
        checkpoints.deleteUnfinished();
        Checkpoint last = checkpoints.newest(this::message);
        if (last != null) {
            message(String.format(Locale.ROOT, "going on from %s", last.folder()));
        } else if (options.resume()) {
            message("no checkpoint to go on from: starting at the beginning");
        }
        return last;
    }

    private void train(DiffusionTrainer trainer, Checkpoints checkpoints, Checkpoint last) {
        SampleDrawer samples = new SampleDrawer(options, folder.resolve("samples"));
        Path lastGood = last == null ? null : last.folder();
        long saved = trainer.steps();
        double losses = 0;
        double seconds = 0;
        long began = trainer.steps();
        listeners.forEach(listener -> listener.started(trainer.steps(), plan.steps()));
        while (trainer.steps() < plan.steps() && !stopped) {
            long start = System.nanoTime();
            DiffusionTrainer.Step step = step(trainer, lastGood);
            seconds += (System.nanoTime() - start) / 1e9;
            losses += step.loss();
            double speed = (step.number() - began) * plan.batchSize() * plan.accumulation() / seconds;
            listeners.forEach(listener -> listener.step(step, speed));
            boolean ends = step.number() == plan.steps();
            if (step.number() % options.checkpointEvery() == 0 || ends) {
                lastGood = save(trainer, checkpoints, losses / (step.number() - saved), lastGood);
                saved = step.number();
                losses = 0;
            }
            if (options.sampleEvery() > 0 && (step.number() % options.sampleEvery() == 0 || ends) && !stopped) {
                sample(trainer, samples);
            }
        }
        if (trainer.steps() > saved) { // stopped, be it while pictures were drawn
            save(trainer, checkpoints, losses / (trainer.steps() - saved), lastGood);
        }
    }

    private DiffusionTrainer.Step step(DiffusionTrainer trainer, Path lastGood) {
        try {
            return trainer.step();
        } catch (DivergedException e) {
            throw new DivergedException(e, lastGoodIs(lastGood));
        }
    }

    private Path save(DiffusionTrainer trainer, Checkpoints checkpoints, double meanLoss, Path lastGood) {
        try {
            Path written = checkpoints.write(trainer, meanLoss);
            listeners.forEach(listener -> listener.checkpoint(trainer.steps(), written));
            return written;
        } catch (Diffusion4jException e) {
            throw new Diffusion4jException(e.getMessage() + "; " + lastGoodIs(lastGood), e);
        }
    }

    private static String lastGoodIs(Path lastGood) {
        return lastGood == null ? "there is no checkpoint before it" : "the last good checkpoint is " + lastGood;
    }

    private void sample(DiffusionTrainer trainer, SampleDrawer samples) {
        try (ModelCopy copy = trainer.copy()) {
            ImageGrid grid = samples.draw(copy.model(), trainer.steps(), () -> stopped);
            listeners.forEach(listener -> listener.sampled(trainer.steps(), grid));
        } catch (CancellationException e) {
            // There is a checkpoint to be written, and little time.
        }
    }

    private void message(String line) {
        listeners.forEach(listener -> listener.message(line));
    }

    /** Asks a run to write a checkpoint after the step that it is at, and to end. From any thread; it doesn't wait. */
    public void stop() {
        stopped = true;
    }
}
