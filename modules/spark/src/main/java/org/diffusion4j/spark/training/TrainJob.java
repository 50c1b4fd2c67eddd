package org.diffusion4j.spark.training;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureOptions;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetShape;
import org.diffusion4j.spark.Job;
import org.diffusion4j.spark.data.HadoopPictures;
import org.diffusion4j.spark.data.PictureOpener;
import org.diffusion4j.training.StartingModel;
import org.diffusion4j.training.Trainer;
import org.diffusion4j.training.TrainingListener;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.run.RunOptions;
import org.diffusion4j.training.run.TrainingRun;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Trains a model on a cluster: {@code spark-submit --class org.diffusion4j.spark.training.TrainJob …}. */
@Command(
        name = "TrainJob",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        customSynopsis = "spark-submit … TrainJob --data=PATH --out=FOLDER [OPTIONS]",
        description = "Trains a model on pictures, as the command train does, on a cluster.")
public final class TrainJob implements Callable<Integer> {
    private static final List<Integer> WIDTHS = List.of(32, 64, 64);
    private static final int HEAD_WIDTH = 32;
    private static final int SIDE = 32;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "PATH",
            description = "A folder or an archive of pictures, on any Hadoop file system that all machines see.")
    private String data;

    @Option(names = "--out", required = true, paramLabel = "FOLDER", description = "A folder on the driver's machine.")
    private Path out;

    @Option(
            names = "--model",
            paramLabel = "BASE",
            description = "A diffusers folder on the driver's machine, to train further (default: a new model).")
    private Path base;

    @Option(
            names = "--size",
            paramLabel = "S",
            description = "Side of the pictures in pixels (default: the model's, or 32).")
    private Integer size;

    @Option(names = "--grey", description = "Read pictures as grey (default: as the model has them, or in colour).")
    private boolean grey;

    @Option(names = "--flip", description = "Mirror half of the pictures, left to right.")
    private boolean flip;

    @Option(
            names = "--widths",
            paramLabel = "W,…",
            split = ",",
            description = "Of a new model: channels, level by level (default: 32,64,64).")
    private List<Integer> widths;

    @Option(
            names = "--layers",
            paramLabel = "N",
            description = "Of a new model: residual blocks in each level (default: 2).")
    private Integer layers;

    @Option(
            names = "--workers",
            paramLabel = "W",
            description =
                    "Tasks that compute at the same time (default: one for each core, or spark.task.cpus of them).")
    private Integer workers;

    @Option(
            names = "--local-steps",
            paramLabel = "H",
            defaultValue = "1",
            description =
                    "Steps that each worker takes on its own before an average is taken, for slow networks; with more"
                            + " than 1 the weights are others than those of one machine (default: ${DEFAULT-VALUE}).")
    private int localSteps;

    @Mixin
    private LearningSettings learning;

    /**
     * Runs the job.
     *
     * @param args the options
     */
    public static void main(String[] args) {
        Job.main(new TrainJob(), args);
    }

    @Override
    public Integer call() {
        TrainingPlan plan = named(() -> learning.plan(base != null));
        RunOptions options = named(learning::options);
        named(() -> {
            SparkTraining.check(plan, options, workers == null ? 1 : workers, localSteps);
            return null;
        });
        options.engine().requireGradients();
        if (!options.resume() && Files.exists(out.resolve("run.json"))) {
            throw new Diffusion4jException(
                    out + ": expected a folder without a run, found one; --resume goes on with it");
        }
        DiffusersModel model = base == null ? null : DiffusersFolder.read(base);
        UNetConfig config = model == null ? named(this::network) : model.config();
        PictureOptions pictures = named(() -> pictures(config));
        PrintWriter err = spec.commandLine().getErr();
        SparkConf conf = new SparkConf().setAppName("diffusion4j TrainJob");
        SparkTraining.quicker(conf);
        if (!conf.contains("spark.master")) {
            conf.setMaster("local[*]");
        }
        try (JavaSparkContext spark = new JavaSparkContext(conf)) {
            return run(spark, plan, options, model, config, pictures, err);
        }
    }

    private int run(
            JavaSparkContext spark,
            TrainingPlan plan,
            RunOptions options,
            DiffusersModel model,
            UNetConfig config,
            PictureOptions how,
            PrintWriter err) {
        PictureOpener opener = HadoopPictures.opener(spark, data, how);
        PictureSource pictures = opener.open();
        StartingModel start = model == null
                ? StartingModel.scratch(config, new DdpmConfig(), pictures, plan.seed())
                : StartingModel.fineTune(model, pictures, plan.seed());
        start.changed().forEach(err::println);
        SparkTraining.Builder training = SparkTraining.builder(spark)
                .model(start.model())
                .pictures(opener)
                .plan(plan)
                .options(options)
                .localSteps(localSteps)
                .listeners(new Lines(err));
        if (workers != null) {
            training.workers(workers);
        }
        SparkTraining run = named(() -> training.build(out));
        Thread stopping = new Thread(run::stop);
        Runtime.getRuntime().addShutdownHook(stopping);
        TrainingRun.Outcome outcome = run.run();
        err.println(out + ": " + outcome.name().toLowerCase(Locale.ROOT));
        return 0;
    }

    private SampleSize size(UNetConfig config) {
        return size != null
                ? SampleSize.square(size)
                : config.sampleSize() != null ? config.sampleSize() : SampleSize.square(SIDE);
    }

    private UNetConfig network() {
        List<Integer> levels = widths == null ? WIDTHS : widths;
        int side = size == null ? SIDE : size;
        return new UNetShape(levels, List.of(side >> (levels.size() - 1)), layers == null ? 2 : layers, HEAD_WIDTH)
                .config(SampleSize.square(side), grey ? 1 : 3);
    }

    private PictureOptions pictures(UNetConfig config) {
        if (base != null && (widths != null || layers != null)) {
            throw new IllegalArgumentException("widths: expected a new network, found --model, which has its own");
        }
        SampleSize of = size(config);
        return PictureOptions.builder(of.height(), of.width())
                .grey(grey || config.inChannels() == 1)
                .flip(flip)
                .build();
    }

    /** The values are named like the options that they come from. */
    private <T> T named(Supplier<T> values) {
        try {
            return values.get();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
        }
    }

    /** Prints now and then, as a log is read and not watched. */
    private record Lines(PrintWriter err) implements TrainingListener {
        private static final int EVERY = 100;

        @Override
        public void message(String line) {
            err.println(line);
        }

        @Override
        public void step(Trainer.Step step, double imagesPerSecond) {
            if (step.number() % EVERY == 0 || step.number() == 1) {
                err.println(String.format(
                        Locale.ROOT, "step %d: loss %.4f, %.1f images/s", step.number(), step.loss(), imagesPerSecond));
            }
        }

        @Override
        public void checkpoint(long step, Path folder) {
            err.println(folder + ": written");
        }
    }
}
