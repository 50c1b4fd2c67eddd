package org.diffusion4j.spark.training;

import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.apache.spark.SparkException;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.training.DivergedException;
import org.diffusion4j.training.LocalGradients;
import org.diffusion4j.weights.diffusers.DiffusersModel;

/**
 * An exchange by what Spark brings, over its own ports, with its encryption and authentication: what a step begins with is a
 * broadcast, which executors pass on to each other, each part is a task, and the driver collects the tasks' results.
 */
final class SparkExchange implements Exchange {
    private static final long ASKED_EVERY_MS = 50;

    private final JavaSparkContext spark;
    private final Broadcast<ModelFiles> model;
    private final TrainingJob job;

    /**
     * Sends nothing yet.
     *
     * @param spark a context that runs
     * @param model that each executor opens once
     * @param described gives the run for an id and the broadcast model
     */
    SparkExchange(JavaSparkContext spark, DiffusersModel model, Function<TrainingJob.Key, TrainingJob> described) {
        this.spark = spark;
        this.model = spark.broadcast(ModelFiles.of(model));
        job = described.apply(new TrainingJob.Key(UUID.randomUUID().toString(), this.model));
    }

    @Override
    public <S, R> List<R> run(S shared, List<StepPart> parts, PartWork<S, R> work, BooleanSupplier stopped) {
        Broadcast<S> sent = spark.broadcast(shared);
        TrainingJob ofRun = job;
        try {
            JavaFutureAction<List<R>> results = spark.parallelize(parts, parts.size())
                    .map(part -> computed(ofRun, sent, part, work))
                    .collectAsync();
            return await(results, parts.get(0), stopped, () -> spark.sc().isStopped());
        } finally {
            if (!spark.sc().isStopped()) {
                sent.destroy();
            }
        }
    }

    /** In an executor. Whatever fails there says of which part it is. */
    private static <S, R> R computed(TrainingJob job, Broadcast<S> sent, StepPart part, PartWork<S, R> work) {
        TaskContext task = TaskContext.get();
        try {
            S shared = sent.value();
            return Workers.compute(
                    job,
                    part,
                    (LocalGradients gradients) -> work.of(job, gradients, shared, part, task::isInterrupted));
        } catch (DivergedException e) {
            throw e; // it names the step itself
        } catch (Diffusion4jException e) {
            throw new Diffusion4jException(part.words() + ": " + e.getMessage(), e);
        } catch (RuntimeException e) {
            throw new Diffusion4jException(part.words() + ": expected to compute it, found " + e, e);
        }
    }

    private static <R> List<R> await(
            JavaFutureAction<List<R>> results, StepPart first, BooleanSupplier stopped, BooleanSupplier over) {
        try {
            while (true) {
                try {
                    return results.get(ASKED_EVERY_MS, TimeUnit.MILLISECONDS);
                } catch (TimeoutException e) {
                    if (over.getAsBoolean()) { // results may never be told
                        throw new Diffusion4jException(
                                "step " + (first.step() + 1)
                                        + ": expected Spark to compute it, found that it has ended",
                                e);
                    }
                    if (stopped.getAsBoolean()) {
                        results.cancel(true);
                        return null;
                    }
                }
            }
        } catch (ExecutionException e) {
            throw failed(e.getCause(), first);
        } catch (CancellationException e) {
            return null;
        } catch (InterruptedException e) {
            results.cancel(true);
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a step's tasks", e);
        }
    }

    /** The task's own words where there are any; Spark's have a stack trace in them. */
    private static RuntimeException failed(Throwable failure, StepPart first) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof Diffusion4jException known) {
                return known;
            }
        }
        String found = failure instanceof SparkException ? failure.getMessage() : String.valueOf(failure);
        return new Diffusion4jException(
                String.format(
                        Locale.ROOT,
                        "step %d: expected Spark to compute it, found %s",
                        first.step() + 1,
                        found.lines().findFirst().orElse("a failure without words")),
                failure);
    }

    /** Executors that this doesn't reach give their memory up for the next run, or end with the application. */
    @Override
    public void close() {
        String id = job.id();
        Workers.close(id);
        if (!spark.sc().isStopped()) {
            int tasks = Math.max(1, spark.defaultParallelism());
            spark.parallelize(List.of(), tasks).foreachPartition(none -> Workers.close(id));
            model.destroy();
        }
    }
}
