package org.diffusion4j.spark.training;

import static org.diffusion4j.Requirement.requireWithin;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.spark.data.PictureOpener;
import org.diffusion4j.training.LocalGradients;
import org.diffusion4j.training.StepGradients;
import org.diffusion4j.training.TrainingListener;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.run.RunOptions;
import org.diffusion4j.training.run.TrainingRun;
import org.diffusion4j.weights.diffusers.DiffusersModel;

/**
 * A training run whose gradients a Spark cluster computes: the same plan, folder, checkpoints and report as a
 * {@link TrainingRun}, and the same bits as that on one machine, with as many threads as each task here
 * ({@link RunOptions#threads()}: a gradient's rounding depends on it) and processors that compute alike. The number of workers
 * doesn't matter, nor which of them are lost: a run may be resumed with any number, on one machine, too.
 *
 * <p>A step's {@linkplain TrainingPlan#accumulation() batches} are divided among the workers, so there is work for as many of
 * them as a step has batches. The driver has the parameters and the optimiser.
 */
public final class SparkTraining {
    private static final int MOST_WORKERS = 65_536;
    private static final String MOST_RESULTS = "spark.driver.maxResultSize";

    private final TrainingRun run;

    private SparkTraining(TrainingRun run) {
        this.run = run;
    }

    /**
     * A training run to be described.
     *
     * @param spark a context that runs; it stays open
     * @return a builder
     */
    public static Builder builder(JavaSparkContext spark) {
        return new Builder(spark);
    }

    /**
     * Sets what makes steps quicker and isn't set otherwise: what a step sends are float32, which don't compress, their sums are
     * checked by the network, results of some megabytes come at once, and the driver takes as many as come.
     *
     * @param conf of a context that hasn't begun
     * @return it
     */
    public static SparkConf quicker(SparkConf conf) {
        return conf.setIfMissing("spark.broadcast.compress", "false")
                .setIfMissing("spark.broadcast.checksum", "false")
                .setIfMissing("spark.broadcast.blockSize", "16m")
                .setIfMissing("spark.task.maxDirectResultSize", "96m")
                .setIfMissing(MOST_RESULTS, "0");
    }

    /**
     * Checks what can be checked before a context begins.
     *
     * @param plan of a run
     * @param options of a run
     * @param workers at least 1
     * @param localSteps at least 1
     * @throws IllegalArgumentException whose message begins with an option's name
     */
    static void check(TrainingPlan plan, RunOptions options, int workers, int localSteps) {
        requireWithin("workers", 1, MOST_WORKERS, workers);
        requireWithin("local-steps", 1, Integer.MAX_VALUE, localSteps);
        if (localSteps > 1) {
            LocalSteps.requireEvenParts(plan, workers);
            requireMultiple("checkpoint-every", options.checkpointEvery(), localSteps);
            requireMultiple("sample-every", options.sampleEvery(), localSteps);
        }
    }

    private static void requireMultiple(String option, long every, int localSteps) {
        if (every % localSteps != 0) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "%s: expected a multiple of the %d local steps, found %d", option, localSteps, every));
        }
    }

    /**
     * Runs to the end, or until it is stopped.
     *
     * @return which of the two
     * @throws Diffusion4jException as {@link TrainingRun#run()}, and if a step can't be computed on the cluster; the message
     *     names the step
     */
    public TrainingRun.Outcome run() {
        return run.run();
    }

    /** Asks the run to write a checkpoint and to end, without the step that it is at. From any thread; it doesn't wait. */
    public void stop() {
        run.stop();
    }

    /** Collects a run's parts. */
    public static final class Builder {
        private final JavaSparkContext spark;
        private DiffusersModel model;
        private PictureOpener pictures;
        private TrainingPlan plan = TrainingPlan.defaults();
        private RunOptions options = RunOptions.defaults();
        private int workers;
        private int localSteps = 1;
        private TrainingListener[] listeners = {};

        private Builder(JavaSparkContext spark) {
            this.spark = spark;
            int cores = Integer.parseInt(spark.getConf().get("spark.task.cpus", "1"));
            workers = Math.max(1, spark.defaultParallelism() / cores);
        }

        /**
         * Sets what is trained.
         *
         * @param model with a scheduler; it stays open until the run ends
         * @return this
         */
        public Builder model(DiffusersModel model) {
            this.model = model;
            return this;
        }

        /**
         * Sets what it learns.
         *
         * @param opener opens the pictures in the driver and in every executor
         * @return this
         */
        public Builder pictures(PictureOpener opener) {
            this.pictures = opener;
            return this;
        }

        /**
         * Sets how it is trained.
         *
         * @param plan whose accumulation is the number of batches that workers share
         * @return this
         */
        public Builder plan(TrainingPlan plan) {
            this.plan = plan;
            return this;
        }

        /**
         * Sets what else is done.
         *
         * @param options engine, threads, precision and checkpointing are those of every task
         * @return this
         */
        public Builder options(RunOptions options) {
            this.options = options;
            return this;
        }

        /**
         * Sets the number of tasks that compute at the same time.
         *
         * @param workers from 1 to 65,536; as many as the cluster had cores to begin with ({@code spark.default.parallelism}),
         *     divided by those of a task, if it isn't called
         * @return this
         */
        public Builder workers(int workers) {
            requireWithin("workers", 1, MOST_WORKERS, workers);
            this.workers = workers;
            return this;
        }

        /**
         * Sets how many steps each worker takes on its own, before parameters and the optimiser's moments are averaged. With
         * more than one, the weights are others than those of one machine, and depend on the number of workers; the network
         * has so many times less to carry.
         *
         * @param steps from 1; checkpoints and samples are due at multiples of it
         * @return this
         */
        public Builder localSteps(int steps) {
            requireWithin("local-steps", 1, Integer.MAX_VALUE, steps);
            this.localSteps = steps;
            return this;
        }

        /**
         * Sets who is told of the run.
         *
         * @param told in this order
         * @return this
         */
        public Builder listeners(TrainingListener... told) {
            this.listeners = told.clone();
            return this;
        }

        /**
         * The run, which hasn't begun.
         *
         * @param folder of the run, on the driver's machine
         * @return it
         * @throws IllegalArgumentException if local steps don't go with the plan or the options
         * @throws Diffusion4jException if the pictures can't be read, or the driver may not collect a step's gradients
         */
        public SparkTraining build(Path folder) {
            Objects.requireNonNull(model, "model");
            Objects.requireNonNull(pictures, "pictures");
            check(plan, options, workers, localSteps);
            PictureSource here = pictures.open();
            // A copy, as what is changed afterwards doesn't change the run.
            Builder made = copy();
            return new SparkTraining(
                    TrainingRun.elsewhere(model, here, plan, made::gradients, folder, options, listeners));
        }

        private Builder copy() {
            Builder copy = new Builder(spark);
            copy.model = model;
            copy.pictures = pictures;
            copy.plan = plan;
            copy.options = options;
            copy.workers = workers;
            copy.localSteps = localSteps;
            return copy;
        }

        private StepGradients gradients(DiffusersModel starting) {
            FlatParameters parameters = LocalGradients.parameters(starting, plan);
            requireResults(parameters.length());
            Exchange exchange = new SparkExchange(spark, starting, this::job);
            return localSteps > 1
                    ? new LocalSteps(parameters, exchange, plan, workers, localSteps)
                    : new SparkGradients(parameters, exchange, plan.accumulation(), workers);
        }

        /** Resolved here, so that a machine that can't do the same says so, rather than doing another thing. */
        private TrainingJob job(TrainingJob.Key key) {
            return new TrainingJob(
                    key.id(),
                    key.model(),
                    pictures,
                    plan,
                    options.engine().here(),
                    options.threads(),
                    options.engine().resolve(options.precision()),
                    options.checkpointing());
        }

        /** Spark counts what all tasks of a step send. */
        private void requireResults(long length) {
            long most = spark.getConf().getSizeAsBytes(MOST_RESULTS, "1g");
            int vectors = localSteps > 1 ? plan.ema() == null ? 3 : 4 : 1;
            List<StepPart> parts = StepPart.of(0, plan.accumulation(), workers);
            double sent = (double) Float.BYTES * length * vectors * parts.size();
            if (most > 0 && sent > most) {
                throw new Diffusion4jException(String.format(
                        Locale.ROOT,
                        "%s: expected at least %.0fm, as %d workers send %.0f MB in a step, found %s",
                        MOST_RESULTS,
                        Math.ceil(sent * 1.01 / (1 << 20)) + 1,
                        parts.size(),
                        sent / 1e6,
                        spark.getConf().get(MOST_RESULTS, "1g")));
            }
        }
    }
}
