package org.diffusion4j.cli;

import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.diffusion4j.data.PictureFolder;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.training.StartingModel;
import org.diffusion4j.training.TrainingListener;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.distill.DistillationMethod;
import org.diffusion4j.training.distill.DistillationTask;
import org.diffusion4j.training.prompt.PromptTask;
import org.diffusion4j.training.run.RunOptions;
import org.diffusion4j.training.run.TrainingRun;
import org.diffusion4j.training.run.TrainingTask;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Trains a model on pictures. */
@Command(
        name = "train",
        customSynopsis = "diffusion4j train --data=PATH --out=FOLDER [--model=BASE] [OPTIONS]",
        description = {
            "Trains a model on pictures.",
            "",
            "The model is a new one, or with --model another one that is trained further. Ctrl-C writes a checkpoint and"
                    + " ends; the same command with --resume goes on.",
            ""
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  diffusion4j train --data my-pictures --model ddpm-mnist --out mine",
            "  diffusion4j train --data my-pictures --out mine --size 32 --steps 20000",
            "  diffusion4j train --data captioned --text --out mine --size 32",
            "  diffusion4j train --data d.zip --distill progressive --teacher M --out fast",
            "  diffusion4j train --data captioned --model sd15 --lora-rank 8 --out style",
            "  diffusion4j train --data my-pictures --model ddpm-mnist --out mine --resume"
        })
final class TrainCommand implements Callable<Integer> {
    private static final SampleSize DEFAULT_SIZE = SampleSize.square(32);

    @Spec
    private CommandSpec spec;

    @Mixin
    private PictureInput input;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FOLDER",
            description = "A folder for the model, with checkpoints, sample pictures, metrics and a report.")
    private String out;

    @Option(
            names = "--model",
            paramLabel = "BASE",
            description =
                    "A model to train further: one of the zoo (see diffusion4j models), a diffusers folder, or a single file of the"
                            + " Stable Diffusion family (default: a new model).")
    private String base;

    @Mixin
    private VariantOption variant;

    @Option(names = "--quiet", description = "Print errors and the last line only.")
    private boolean quiet;

    @Mixin
    private NewNetworkOptions network;

    @Mixin
    private TextTrainingOptions text;

    @Mixin
    private DistillationOptions distillation;

    @Mixin
    private LearningOptions learning;

    @Mixin
    private RunSettings settings;

    @Mixin
    private EngineOption engine;

    @Mixin
    private PrecisionOption precision = new PrecisionOption(Precision.FP32);

    @Override
    public Integer call() {
        OutputPlace place = OutputPlace.folder("--out", out);
        if (base == null && distillation.teacher() == null) {
            variant.requireNone("--model beside it", "none");
        }
        // Errors that don't depend on the pictures are reported before these are read.
        TrainingPlan plan = named(() -> learning.plan(
                base != null || distillation.teacher() != null, text.usualAverage(), distillation.teacher() != null));
        RunOptions options = named(() -> settings.options(engine, precision));
        PrintWriter err = quiet
                ? new PrintWriter(Writer.nullWriter())
                : spec.commandLine().getErr();
        precision.checkTraining(engine.kind(), err);
        engine.kind().resolveCheckpointing(options.checkpointing());
        return run(task(plan, options, place.path(), err), plan, place.path(), err);
    }

    /** Makes a run for what listens to it. */
    private interface RunMaker {
        TrainingRun of(TrainingListener... listeners);
    }

    private RunMaker task(TrainingPlan plan, RunOptions options, Path folder, PrintWriter err) {
        if (distillation.teacher() != null) {
            TrainingTask task = distilled(plan, options, folder, err);
            return listeners -> new TrainingRun(task, folder, options, listeners);
        }
        if (base == null && text.isNew()) {
            PromptTask task = text.scratch(
                    network.shapeOfReader(first(input.size(), DEFAULT_SIZE)),
                    first(input.size(), DEFAULT_SIZE),
                    first(input.grey(), false),
                    input,
                    plan,
                    folder,
                    err);
            return listeners -> new TrainingRun(task, folder, options, listeners);
        }
        if (base == null) {
            text.requireNone("a new one of classes; --text makes one that reads texts");
            return run(newModel(plan, options, folder, err), plan, folder, options);
        }
        LocatedModel model = LocatedModel.of(base, variant, spec);
        network.requireNone();
        if (ModelOption.isPipelineOfPrompts(model.place())) {
            PromptTask task = text.fineTuned(model, input, plan, options, folder, err);
            return listeners -> new TrainingRun(task, folder, options, listeners);
        }
        text.requireNone(base);
        return run(fineTuned(model, plan, folder, err), plan, folder, options);
    }

    private TrainingTask distilled(TrainingPlan plan, RunOptions options, Path folder, PrintWriter err) {
        network.requireNone();
        if (base != null || text.isNew()) {
            throw new ParameterException(
                    spec.commandLine(),
                    (base != null ? "--model" : "--text")
                            + ": expected none with --distill, whose student begins as its teacher, found one");
        }
        DistillationMethod how = distillation.method(plan);
        LocatedModel located = LocatedModel.of(distillation.teacher(), variant, spec);
        if (ModelOption.isPipelineOfPrompts(located.place())) {
            distillation.requireForTexts(how);
            text.requireNoPrior();
            return distillation.ofPrompts(text.fineTuned(located, input, plan, options, folder, err), how);
        }
        text.requireNone("one that draws by classes");
        DiffusersModel teacher = ModelOption.read(located, spec);
        PictureFolder pictures = open(teacher, folder, err);
        return new DistillationTask(teacher, pictures, plan, how, distillation.guidance(teacher.settings(), 1));
    }

    private PictureFolder open(DiffusersModel model, Path folder, PrintWriter err) {
        SampleSize size = first(input.size(), first(model.config().sampleSize(), DEFAULT_SIZE));
        boolean grey = first(input.grey(), model.config().inChannels() == 1);
        return input.open(size, grey, folder, err);
    }

    private static RunMaker run(Prepared prepared, TrainingPlan plan, Path folder, RunOptions options) {
        return listeners ->
                new TrainingRun(prepared.start.model(), prepared.pictures, plan, folder, options, listeners);
    }

    /** The values are named like the options that they come from. */
    private <T> T named(Supplier<T> values) {
        try {
            return values.get();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
        }
    }

    /** The model that is trained, and the pictures that it is trained on. */
    private record Prepared(StartingModel start, PictureFolder pictures) {}

    private Prepared newModel(TrainingPlan plan, RunOptions options, Path folder, PrintWriter err) {
        SampleSize size = first(input.size(), first(network.size(), DEFAULT_SIZE));
        boolean grey = first(input.grey(), network.isGrey());
        UNetConfig config = named(() -> network.config(size, grey ? 1 : 3));
        TrainingRun.checkMemory(config, plan, options); // before the pictures are read
        PictureFolder pictures = input.open(size, grey, folder, err);
        return new Prepared(StartingModel.scratch(config, new DdpmConfig(), pictures, plan.seed()), pictures);
    }

    private Prepared fineTuned(LocatedModel located, TrainingPlan plan, Path folder, PrintWriter err) {
        DiffusersModel model = ModelOption.read(located, spec);
        PictureFolder pictures = open(model, folder, err);
        StartingModel start = StartingModel.fineTune(model, pictures, plan.seed());
        start.changed().forEach(err::println);
        return new Prepared(start, pictures);
    }

    private int run(RunMaker maker, TrainingPlan plan, Path folder, PrintWriter err) {
        TrainingListener[] listeners =
                quiet ? new TrainingListener[0] : new TrainingListener[] {TrainingProgress.on(err)};
        TrainingRun run = maker.of(listeners);
        Stopper stopper = new Stopper(run, err, spec.name());
        Runtime.getRuntime().addShutdownHook(stopper);
        long start = System.nanoTime();
        TrainingRun.Outcome result;
        try {
            result = run.run();
            stopper.ended(result, null);
        } catch (RuntimeException | Error e) {
            if (stopper.ended(null, e)) {
                return 0; // already reported, and Java is about to end with the signal's exit code
            }
            throw e;
        } finally {
            removeHook(stopper);
        }
        if (result == TrainingRun.Outcome.STOPPED) {
            return 0; // already reported, too
        }
        double minutes = (System.nanoTime() - start) / 60e9;
        spec.commandLine()
                .getOut()
                .println(String.format(
                        Locale.ROOT,
                        "%s: %d %s, %.1f min; see %s",
                        out,
                        plan.steps(),
                        plan.steps() == 1 ? "step" : "steps",
                        minutes,
                        folder.resolve("report.html")));
        return 0;
    }

    /** The thread that Ctrl-C and SIGTERM start. Java ends when the last checkpoint is written. */
    private static final class Stopper extends Thread {
        private final TrainingRun run;
        private final PrintWriter err;
        private final String command;
        private final CountDownLatch over = new CountDownLatch(1);
        private TrainingRun.Outcome result;
        private Throwable failure;
        private volatile boolean stopping;

        Stopper(TrainingRun run, PrintWriter err, String command) {
            this.run = run;
            this.err = err;
            this.command = command;
        }

        @Override
        public void run() {
            stopping = true;
            run.stop();
            try {
                over.await();
            } catch (InterruptedException e) {
                return;
            }
            if (failure != null) {
                err.println(ErrorLine.of(failure, command).text());
            } else if (result == TrainingRun.Outcome.STOPPED) {
                err.println("stopped; the same command with --resume goes on");
            }
        }

        /** Takes the result of the run, and returns whether this thread reports it. */
        boolean ended(TrainingRun.Outcome came, Throwable failed) {
            result = came;
            failure = failed;
            over.countDown();
            return stopping;
        }
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // This thread ended the run, and Java is about to end.
        }
    }

    private static <T> T first(T given, T otherwise) {
        return given == null ? otherwise : given;
    }
}
