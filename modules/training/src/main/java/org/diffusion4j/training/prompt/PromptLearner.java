package org.diffusion4j.training.prompt;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.lora.LoraTargets;
import org.diffusion4j.pipeline.part.GraphOpener;
import org.diffusion4j.pipeline.prompt.PromptTexts;
import org.diffusion4j.samediff.WeightSource;
import org.diffusion4j.training.DiffusionLoss;
import org.diffusion4j.training.LocalGradients;
import org.diffusion4j.training.TrainedNetwork;
import org.diffusion4j.training.Trainer;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.run.RunOptions;
import org.diffusion4j.training.run.TrainedModel;
import org.diffusion4j.training.run.TrainingTask;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A model that learns to draw what texts say, while it does. */
final class PromptLearner implements TrainingTask.Learner {
    /** In a run's folder. */
    private static final String CACHE = "cache";

    private final PromptTask task;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final RunOptions options;
    private PromptNetwork.Shape shape;
    private Trainer trainer;

    private PromptLearner(PromptTask task, RunOptions options) {
        this.task = task;
        this.options = options;
    }

    static PromptLearner open(PromptTask task, Path folder, RunOptions options, Consumer<String> listener) {
        PromptLearner learner = new PromptLearner(task, options);
        boolean good = false;
        try {
            learner.begin(folder.resolve(CACHE), listener);
            good = true;
            return learner;
        } finally {
            if (!good) {
                learner.close();
            }
        }
    }

    private void begin(Path cache, Consumer<String> listener) {
        PipelineParts parts = task.parts();
        TrainingPlan plan = task.plan();
        PromptTexts texts = PromptTexts.of(parts);
        GraphOpener opener = GraphOpener.of(options.engine(), options.threads(), Precision.FP32);
        shape = task.shape(texts);
        Preparation preparation = new Preparation(task, texts, cache, opener, open, listener);
        Lesson lesson = preparation.lesson("", task.pictures(), task.captions());
        Prior prior = task.prior();
        Map<String, WeightSource> weights = weights();
        PromptNetwork network = new PromptNetwork(
                shape,
                weights,
                plan,
                DiffusionLoss.of(plan.predicting(parts.scheduler()), plan.weighting()),
                lesson,
                prior == null ? null : preparation.lesson("prior", prior.pictures(), prior.captions()),
                prior == null ? 0 : prior.weight());
        TrainedNetwork taught = task.distillation() == null ? network : taught(network, texts, task.distillation());
        trainer = new Trainer(plan, new LocalGradients(taught, plan, options.computer()), options.threads());
        open.push(trainer);
    }

    /** The network and, as its teacher, what it is before it learns. */
    private TrainedNetwork taught(PromptNetwork network, PromptTexts texts, PromptDistillation distillation) {
        Map<String, WeightSource> weights = new LinkedHashMap<>(network.weights());
        weights.keySet().removeIf(LoraTargets::isOfBranch);
        Lesson lesson = network.lesson();
        return distillation
                .method()
                .student(
                        network,
                        lesson.samples(),
                        lesson.recipe(),
                        task.plan(),
                        !task.hasAutoencoder(),
                        () -> new PromptTeacher(
                                shape.teacher(task.sampleSize())
                                        .sharedWeights(weights)
                                        .build(),
                                task.parts().scheduler().predictionType(),
                                distillation.guidance(),
                                texts.noText(lesson.recipe().texts().apply(List.of(""))),
                                options.computer()));
    }

    /** The weights of the networks of the graph, and those of an adapter before it has learned. */
    private Map<String, WeightSource> weights() {
        Map<String, WeightSource> weights = new LinkedHashMap<>();
        if (shape.textEncoder() != null) {
            add(weights, PipelineFolder.TEXT_ENCODER);
        }
        add(weights, PipelineFolder.UNET);
        shape.graph(task.sampleSize()).initialWeights(task.plan().seed()).forEach((name, initial) -> {
            if (LoraTargets.isOfBranch(name)) {
                weights.put(name, initial);
            }
        });
        return weights;
    }

    private void add(Map<String, WeightSource> weights, String part) {
        Component<NetworkConfig> network = task.parts().network(part, NetworkConfig.class);
        open.push(network);
        network.tensors().forEach((name, tensor) -> weights.put(part + "." + name, tensor));
    }

    @Override
    public Trainer trainer() {
        return trainer;
    }

    @Override
    public TrainedModel model() {
        PromptGrid grid = task.grid(options.sampleImages());
        if (task.learning() instanceof Learning.Adapter adapter) {
            return new AdapterModel(
                    task.scheduled(Map.of()),
                    AdapterModel.layers(shape.branches(), adapter.alpha(), trainer.weights()),
                    grid);
        }
        Map<String, INDArray> weights = new LinkedHashMap<>();
        trainer.weights().forEach((name, view) -> weights.put(name, view.dup('c')));
        return new PipelineModel(
                task.scheduled(weights), grid, () -> weights.values().forEach(INDArray::close));
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
