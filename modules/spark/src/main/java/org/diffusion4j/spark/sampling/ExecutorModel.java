package org.diffusion4j.spark.sampling;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.engine.parallel.PhysicalCores;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.pipeline.SamplePlan;
import org.diffusion4j.pipeline.prompt.PromptListener;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.zoo.Zoo;

/**
 * A model that is open on this executor, for all of its tasks: it is read by the first task that wants it, and stays until one wants
 * another while no task uses it.
 */
final class ExecutorModel {
    private static final Map<Key, ExecutorModel> OPEN = new HashMap<>();

    private final DiffusionPipeline classes;
    private final DiffusersModel read;
    private final PromptPipeline prompts;
    private int users;

    /** What an open model depends on. */
    private record Key(String model, Map<String, String> sums, EngineKind engine, Precision precision, int threads) {}

    private ExecutorModel(BulkRequest request, int threads) {
        BulkModel.Local local = request.model().local();
        local.require(request.sums());
        if (request.prompts() != null) {
            this.read = null;
            this.classes = null;
            this.prompts = PromptPipeline.open(
                    local.path().orElseGet(() -> Path.of(local.name())),
                    request.engine(),
                    threads,
                    request.precision());
            return;
        }
        this.prompts = null;
        this.read = Zoo.find(local.name());
        this.classes = DiffusionPipeline.of(
                read, graph -> SharedEngine.of(request.engine().open(graph, threads, request.precision())));
    }

    /** A task's hold on a model. */
    record Lease(ExecutorModel model, Drawing drawing) implements AutoCloseable {
        @Override
        public void close() {
            synchronized (OPEN) {
                model.users--;
            }
        }
    }

    /**
     * Gives a task the model.
     *
     * @param request what the job draws
     * @param threads the threads of a task
     */
    static Lease lease(BulkRequest request, int threads) {
        int each = request.prompts() == null ? threads : threadsOfExecutor(request);
        Key key = new Key(request.model().name(), request.sums(), request.engine(), request.precision(), each);
        synchronized (OPEN) {
            ExecutorModel model = OPEN.get(key);
            if (model == null) {
                closeIdle();
                model = new ExecutorModel(request, each);
                OPEN.put(key, model);
            }
            Lease lease = new Lease(model, model.drawing(request));
            model.users++;
            return lease;
        }
    }

    private static int threadsOfExecutor(BulkRequest request) {
        return request.executorThreads() > 0 ? request.executorThreads() : PhysicalCores.count();
    }

    private static void closeIdle() {
        OPEN.values().removeIf(model -> {
            if (model.users > 0) {
                return false;
            }
            if (model.classes != null) {
                model.classes.close();
                model.read.close();
            }
            return true;
        });
    }

    private Drawing drawing(BulkRequest request) {
        return request.prompts() == null
                ? new OfClasses(classes, classes.planOfParts(request.classes()))
                : new OfPrompts(prompts, request.prompts());
    }

    /** Pictures of classes, or of none. */
    private record OfClasses(DiffusionPipeline pipeline, SamplePlan plan) implements Drawing {
        /** As many as one machine draws together where memory allows it. */
        private static final int TOGETHER = 20;

        @Override
        public int together() {
            return TOGETHER;
        }

        @Override
        public List<GeneratedImage> draw(int first, int count, BooleanSupplier killed) {
            return pipeline.sample(plan.part(first, count), (done, total) -> TaskPictures.requireWanted(killed));
        }

        @Override
        public String prompt(int index) {
            return null;
        }
    }

    /**
     * Pictures of prompts. Such a pipeline has one of its networks in memory at a time and opens it for each drawing, so the executor's
     * tasks draw one after another, each on all of its threads, and many pictures at once.
     */
    private record OfPrompts(PromptPipeline pipeline, PromptRequest request) implements Drawing {
        private static final int TOGETHER = 64;

        @Override
        public int together() {
            return TOGETHER;
        }

        @Override
        public List<GeneratedImage> draw(int first, int count, BooleanSupplier killed) {
            synchronized (pipeline) {
                return pipeline.draw(pipeline.plan(request.part(first, count)), new PromptListener() {
                    @Override
                    public boolean isCancelled() {
                        return killed.getAsBoolean();
                    }
                });
            }
        }

        @Override
        public String prompt(int index) {
            return request.prompts().texts().get(index / request.prompts().imagesPerPrompt());
        }
    }
}
