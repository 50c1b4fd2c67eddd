package org.diffusion4j.training.run;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import org.apache.commons.io.file.PathUtils;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.picture.ImageGrid;
import org.diffusion4j.training.DiffusionTrainer;
import org.diffusion4j.training.DivergedException;
import org.diffusion4j.training.StartingModel;
import org.diffusion4j.training.StepGradients;
import org.diffusion4j.training.Trainer;
import org.diffusion4j.training.TrainingListener;
import org.diffusion4j.training.TrainingMemory;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.record.MetricsFile;
import org.diffusion4j.training.record.RunDescription;
import org.diffusion4j.training.report.TrainingReport;
import org.diffusion4j.training.tensorboard.TensorBoardLog;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.file.AvailableMemory;
import org.diffusion4j.weights.file.FileReplacement;

/**
 * A training run and the folder that it leaves: the model in diffusers' layout, {@code checkpoints/}, {@code samples/},
 * {@code metrics.jsonl}, {@code tensorboard/}, {@code run.json} (what the run was asked for) and {@code report.html}. A run
 * that was stopped, or whose machine failed, goes on from its newest whole checkpoint and ends with the same bits as one
 * that wasn't.
 */
public final class TrainingRun {
    private final TrainingTask task;
    private final Path folder;
    private final RunOptions options;
    private final List<TrainingListener> listeners;

    private volatile boolean stopped;

    /** What a run came to. */
    public enum Outcome {
        /** All steps are done, and the model is in the run's folder. */
        DONE,
        /** It was {@linkplain TrainingRun#stop stopped}: the last checkpoint is where it goes on from. */
        STOPPED
    }

    /**
     * A run that hasn't begun, of any kind.
     *
     * @param task what is trained, on what and how
     * @param folder where everything goes; made if it isn't there; a link to it is as good
     * @param options what else is done
     * @param listeners told of it, in this order
     */
    public TrainingRun(TrainingTask task, Path folder, RunOptions options, TrainingListener... listeners) {
        this.task = task;
        this.folder = folder;
        this.options = options;
        this.listeners = new ArrayList<>(List.of(listeners));
    }

    /**
     * A run that hasn't begun, of a network that draws pictures of classes, or any pictures.
     *
     * @param model what is trained; a run that goes on takes its weights from the checkpoint
     * @param pictures what it learns
     * @param plan how
     * @param folder where everything goes; made if it isn't there; a link to it is as good
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
        this(new ClassTask(model, pictures, plan, null), folder, options, listeners);
    }

    /**
     * The task of training a network that draws pictures of classes, or any pictures.
     *
     * @param model what is trained
     * @param pictures what it learns
     * @param plan how
     * @return the task
     */
    public static TrainingTask task(DiffusersModel model, PictureSource pictures, TrainingPlan plan) {
        return new ClassTask(model, pictures, plan, null);
    }

    /**
     * What learns such a network by a trainer of its own.
     *
     * @param trainer the trainer, which the learner closes
     * @return the learner
     */
    public static TrainingTask.Learner learner(DiffusionTrainer trainer) {
        return new ClassTask.Learning(null, trainer);
    }

    /**
     * A run that hasn't begun, of such a network whose gradients are computed elsewhere, such as on a cluster.
     *
     * @param model what is trained; a run that goes on takes its weights from the checkpoint
     * @param pictures what it learns
     * @param plan how
     * @param gradients gives what computes the gradients of this plan and these pictures, from the model that the run begins
     *     with; the run closes it
     * @param folder where everything goes; made if it isn't there; a link to it is as good
     * @param options what else is done
     * @param listeners told of it, in this order
     * @return the run
     */
    public static TrainingRun elsewhere(
            DiffusersModel model,
            PictureSource pictures,
            TrainingPlan plan,
            Function<DiffusersModel, StepGradients> gradients,
            Path folder,
            RunOptions options,
            TrainingListener... listeners) {
        return new TrainingRun(new ClassTask(model, pictures, plan, gradients), folder, options, listeners);
    }

    /**
     * Checks that this machine has the memory for a run, before pictures are read or anything is allocated for it.
     *
     * @param config the network's options, with a sample size
     * @param plan with the size of a batch
     * @param options with the engine
     * @throws Diffusion4jException that proposes the largest batch that fits
     */
    public static void checkMemory(UNetConfig config, TrainingPlan plan, RunOptions options) {
        StartingModel.checkMemory(config);
        TrainingMemory.check(config, plan, options.engine(), options.checkpointing());
    }

    /**
     * The largest batch that a step of training has memory for on this machine, about.
     *
     * @param config the network's options, with a sample size
     * @param engine what computes
     * @param checkpointing whether steps compute parts of the forward pass twice
     * @return 0 where not even one image fits
     */
    public static long largestBatch(UNetConfig config, EngineKind engine, boolean checkpointing) {
        return TrainingMemory.of(config, engine, checkpointing).largestBatch(AvailableMemory.bytes());
    }

    /**
     * Runs to the end, or until it is stopped.
     *
     * @return which of the two
     * @throws Diffusion4jException if the folder has another run or can't be written, or model, pictures and plan don't go
     *     together, or the loss is no longer a number; the message names the last good checkpoint where there is one
     */
    public Outcome run() {
        try {
            // What can be seen to fail leaves no folder.
            options.engine().requireGradients();
            options.engine().resolve(options.precision());
            options.engine().resolveCheckpointing(options.checkpointing());
            long needed = task.check(options);
            checkPlace();
            FileReplacement.makeFolder(folder);
            return runLocked(needed);
        } catch (IOException e) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "%s: expected to make this folder, found %s", folder, e), e);
        }
    }

    /** The grids that a run draws would be pictures that it learns from, when it goes on. */
    private void checkPlace() {
        if (task.readsFrom(folder)) {
            throw new Diffusion4jException(folder
                    + ": expected a folder for the run that none of its pictures lie in, found some; name another, or leave"
                    + " it out of the pictures by PictureOptions.excluded");
        }
    }

    /** So that two runs don't write into one folder. The lock goes with the process, however it ends. */
    private Outcome runLocked(long needed) {
        try (FileChannel file =
                FileChannel.open(folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            if (!isLocked(file)) {
                throw inUse(null);
            }
            return runWithTheFolder(needed);
        } catch (OverlappingFileLockException e) {
            throw inUse(e);
        } catch (IOException e) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "%s: expected to write there, found %s", folder, e), e);
        }
    }

    /** The lock goes with the file's channel. A file system that knows of none keeps nobody from training. */
    private boolean isLocked(FileChannel file) {
        try {
            return file.tryLock() != null;
        } catch (IOException e) {
            message(folder + ": this file system has no locks: take care that one run only writes there");
            return true;
        }
    }

    private Diffusion4jException inUse(Exception cause) {
        return new Diffusion4jException(
                String.format(Locale.ROOT, "%s: expected a folder that no run writes to, found one", folder), cause);
    }

    private Outcome runWithTheFolder(long needed) {
        Checkpoints checkpoints = new Checkpoints(folder.resolve("checkpoints"), options.keep());
        RunDescription description = RunDescription.of(
                task.plan(),
                task.subject(),
                new RunDescription.Computer(options.engine(), options.threads(), options.precision()));
        Checkpoint last = prepare(checkpoints, description);
        if (needed > 0 && (last == null || last.step() < task.plan().steps())) {
            message(String.format(
                    Locale.ROOT,
                    "memory: a step takes about %.1f GB of %.1f GB",
                    needed / 1e9,
                    AvailableMemory.bytes() / 1e9));
        }
        try (MetricsFile metrics = new MetricsFile(folder.resolve("metrics.jsonl"), last == null ? 0 : last.step());
                TensorBoardLog tensorBoard = new TensorBoardLog(folder.resolve("tensorboard"));
                TrainingTask.Learner learner =
                        task.begin(last == null ? null : last.folder(), folder, options, this::message)) {
            listeners.add(metrics);
            listeners.add(tensorBoard);
            if (last != null) {
                last.restore(learner.trainer());
                drawMissing(checkpoints, last.step());
            }
            new Loop(learner, checkpoints, description, last).run();
            if (learner.trainer().steps() < task.plan().steps()) {
                return Outcome.STOPPED;
            }
            try (TrainedModel model = learner.model()) {
                model.write(folder);
            }
        } finally {
            listeners.forEach(TrainingListener::ended);
        }
        TrainingReport.write(folder);
        return Outcome.DONE;
    }

    /** What an earlier run left: its newest checkpoint, or null for a beginning. */
    private Checkpoint prepare(Checkpoints checkpoints, RunDescription description) {
        RunDescription before = RunDescription.read(folder);
        if (!options.resume() && (before != null || checkpoints.exist())) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT, "%s: expected a folder without a run, found one; --resume goes on with it", folder));
        }
        if (before != null) {
            before.requireSame(description, options.allowed(), folder)
                    .forEach(words -> message("going on with " + words + ", as is allowed"));
        } else if (checkpoints.exist()) {
            throw new Diffusion4jException(folder.resolve(RunDescription.FILE)
                    + ": expected what the run began with, found no such file; a checkpoint is trained further in"
                    + " another folder by --model " + checkpoints.folder().resolve("step-…"));
        }
        // The place of the model, which is written last, is tried first.
        task.tryToWrite(folder);
        deleteLeftovers(folder);
        deleteLeftovers(samples());
        checkpoints.deleteUnfinished();
        Checkpoint last = checkpoints.newest(this::message);
        if (last != null) {
            RunDescription of = RunDescription.read(last.folder());
            if (of != null) { // those of version 0.1 have none
                of.requireSame(description, options.allowed(), last.folder());
            }
            message("going on from " + last.folder());
        } else if (options.resume()) {
            message("no checkpoint to go on from: starting at the beginning");
        }
        description.write(folder);
        return last;
    }

    private Path samples() {
        return folder.resolve("samples");
    }

    /** Files that a killed run was writing: whoever has the run's lock is the only one to write there. */
    private static void deleteLeftovers(Path folder) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(folder, ".*.tmp")) {
            for (Path leftover : leftovers) {
                PathUtils.delete(leftover);
            }
        } catch (IOException e) {
            throw new Diffusion4jException(folder + ": expected to delete what a run left unfinished, found " + e, e);
        }
    }

    /** Grids whose run ended before they were there, be it that it was killed or stopped. */
    private void drawMissing(Checkpoints checkpoints, long stepsDone) {
        SampleDrawer samples = new SampleDrawer(options, samples());
        List<Checkpoint> due = checkpoints.whole(
                step -> step <= stepsDone && samples.isDue(step, task.plan().steps()) && samples.isMissing(step));
        for (Checkpoint checkpoint : due) {
            if (!stopped) {
                try (TrainedModel saved = task.read(checkpoint.folder())) {
                    draw(samples, saved, checkpoint.step());
                }
            }
        }
    }

    /** The loop, and what it remembers from one step to the next. */
    private final class Loop {
        private final TrainingTask.Learner learner;
        private final Trainer trainer;
        private final TrainingPlan plan = task.plan();
        private final Checkpoints checkpoints;
        private final RunDescription description;
        private final SampleDrawer samples = new SampleDrawer(options, samples());
        private Path lastGood;
        /** The step of the last checkpoint, and the sum of the losses since. */
        private long saved;

        private double losses;

        Loop(TrainingTask.Learner learner, Checkpoints checkpoints, RunDescription description, Checkpoint last) {
            this.learner = learner;
            trainer = learner.trainer();
            this.checkpoints = checkpoints;
            this.description = description;
            lastGood = last == null ? null : last.folder();
            saved = trainer.steps();
        }

        void run() {
            RecentSpeed recent = new RecentSpeed();
            listeners.forEach(listener -> listener.started(trainer.steps(), plan.steps()));
            while (trainer.steps() < plan.steps() && !stopped) {
                long start = System.nanoTime();
                long before = trainer.steps();
                Trainer.Step step = step();
                if (step == null) {
                    break; // stopped in the middle of it
                }
                double speed = recent.add(
                        (System.nanoTime() - start) / 1e9,
                        (step.number() - before) * plan.batchSize() * plan.accumulation());
                losses += step.loss() * (step.number() - before);
                listeners.forEach(listener -> listener.step(step, speed));
                if (step.number() % options.checkpointEvery() == 0 || step.number() == plan.steps()) {
                    save();
                }
                if (samples.isDue(step.number(), plan.steps()) && !stopped) {
                    sample();
                }
            }
            save(); // where it was stopped, be it while pictures were drawn
        }

        private Trainer.Step step() {
            try {
                return trainer.step(() -> stopped);
            } catch (DivergedException e) {
                throw new DivergedException(e, lastGood());
            }
        }

        private void save() {
            if (trainer.steps() == saved) {
                return;
            }
            try {
                lastGood = checkpoints.write(learner, losses / (trainer.steps() - saved), description);
                saved = trainer.steps();
                losses = 0;
                listeners.forEach(listener -> listener.checkpoint(saved, lastGood));
            } catch (Diffusion4jException e) {
                throw new Diffusion4jException(e.getMessage() + "; " + lastGood(), e);
            }
        }

        private void sample() {
            try (TrainedModel model = learner.model()) {
                draw(samples, model, trainer.steps());
            } catch (Diffusion4jException e) {
                save();
                throw new Diffusion4jException(e.getMessage() + "; " + lastGood(), e);
            }
        }

        private String lastGood() {
            return lastGood == null ? "there is no checkpoint before it" : "the last good checkpoint is " + lastGood;
        }
    }

    private void draw(SampleDrawer samples, TrainedModel model, long step) {
        try {
            ImageGrid grid = samples.draw(model, step, () -> stopped);
            listeners.forEach(listener -> listener.sampled(step, grid));
        } catch (CancellationException e) {
            // There is a checkpoint to be written, and little time.
        }
    }

    private void message(String line) {
        listeners.forEach(listener -> listener.message(line));
    }

    /**
     * Asks a run to write a checkpoint after the batch that it is at, and to end; a step that isn't whole by then is taken
     * anew by the run that goes on. From any thread; it doesn't wait.
     */
    public void stop() {
        stopped = true;
    }
}
