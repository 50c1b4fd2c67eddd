package org.diffusion4j.training.nd4j;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.engine.AdamW;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.training.DiffusionTrainer;
import org.diffusion4j.training.LossWeighting;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.BaseListener;
import org.nd4j.autodiff.listeners.Listener;
import org.nd4j.autodiff.listeners.ListenerResponse;
import org.nd4j.autodiff.listeners.Loss;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/**
 * A plan through SameDiff's own {@code fit}, with nothing but ND4J: a graph with the loss in it, a {@link TrainingConfig} and
 * a {@code MultiDataSetIterator}. It learns from the same batches as {@link DiffusionTrainer} and comes to the same weights up
 * to rounding, slowly. Without an updater in the plan it is AdamW: ND4J's Adam with its decoupled weight decay. ND4J
 * 1.0.0-M2.1 can't clip, accumulate or average: a plan that asks for it is refused. Only one thread at a time may use it.
 */
public final class SameDiffTraining implements AutoCloseable {
    /** The placeholder of what the network should predict, [N, C, H, W]. */
    public static final String TARGET = "target";
    /** The placeholder of the images' weights, [N, 1], where the plan weighs them. */
    public static final String LOSS_WEIGHTS = "loss_weights";
    /** The loss, a scalar. */
    public static final String LOSS = "loss";
    /** A session keeps the id of every array that it freed, 100 kB per batch and more, until {@code fit} ends. */
    private static final int BATCHES_AT_ONCE = 200;

    private final DiffusersModel model;
    private final TrainingPlan plan;
    private final DiffusionDataSetIterator batches;
    private final SameDiff graph;

    /**
     * Builds the graph; nothing is trained yet.
     *
     * @param model what is trained, with a scheduler; it isn't changed
     * @param pictures what it learns; of the model's size and channels
     * @param plan how; without clipping, accumulation and moving average
     * @throws Diffusion4jException if model and pictures don't go together, or the plan asks for what ND4J doesn't have
     */
    public SameDiffTraining(DiffusersModel model, PictureSource pictures, TrainingPlan plan) {
        requireStock(plan);
        this.model = plan.predicting(model);
        this.plan = plan;
        batches = DiffusionDataSetIterator.forSameDiff(model, pictures, plan, BATCHES_AT_ONCE);
        graph = UNetGraph.of(model.config())
                .sharedWeights(model.tensors())
                .training(true)
                .build();
        List<SDVariable> variables = graph.variables().stream()
                .filter(variable -> variable.getVariableType() == VariableType.VARIABLE)
                .toList();
        List<SDVariable> frozen = variables.stream()
                .filter(variable -> !plan.trains(variable.name()))
                .toList();
        graph.convertToConstants(frozen);
        graph.setLossVariables(addLoss());
        graph.setTrainingConfig(trainingConfig());
    }

    private static void requireStock(TrainingPlan plan) {
        List<String> beyond = new ArrayList<>();
        if (plan.maxGradientNorm() != Double.POSITIVE_INFINITY) {
            beyond.add("max-gradient-norm " + plan.maxGradientNorm());
        }
        if (plan.accumulation() != 1) {
            beyond.add("accumulation " + plan.accumulation());
        }
        if (plan.ema() != null) {
            beyond.add("ema " + plan.ema());
        }
        if (plan.steps() > Integer.MAX_VALUE) {
            beyond.add("steps " + plan.steps());
        }
        if (!beyond.isEmpty()) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "SameDiff's fit: expected an infinite max-gradient-norm, accumulation 1, no ema and at most %d steps, found %s",
                    Integer.MAX_VALUE,
                    String.join(", ", beyond)));
        }
    }

    private SDVariable addLoss() {
        SDVariable output = graph.getVariable(UNetGraph.OUTPUT);
        long height = model.config().sampleSize().height();
        long width = model.config().sampleSize().width();
        SDVariable target =
                graph.placeHolder(TARGET, DataType.FLOAT, -1, model.config().outChannels(), height, width);
        SDVariable difference = output.sub(target);
        SDVariable perImage = difference.mul(difference).mean(1, 2, 3); // [N]
        if (weighs()) {
            SDVariable weights = graph.placeHolder(LOSS_WEIGHTS, DataType.FLOAT, -1, 1);
            perImage = perImage.mul(weights.reshape(-1));
        }
        return perImage.mean().rename(LOSS);
    }

    private boolean weighs() {
        return !(plan.weighting() instanceof LossWeighting.Simple);
    }

    private TrainingConfig trainingConfig() {
        TrainingConfig.Builder config = TrainingConfig.builder()
                .dataSetFeatureMapping(batches.featureNames())
                .dataSetLabelMapping(TARGET)
                // No gradient needs the loss itself: without this it isn't computed, and listeners are told 0.
                .trainEvaluation(LOSS, 0);
        if (weighs()) {
            config.dataSetLabelMaskMapping(LOSS_WEIGHTS);
        }
        IUpdater updater;
        if (plan.updater() == null) {
            AdamW.Settings adamW = plan.adamW();
            updater = new Adam(plan.learningRate().base(), adamW.beta1(), adamW.beta2(), adamW.eps());
            config.weightDecay(adamW.weightDecay(), true); // applied after the updater: decoupled
        } else {
            updater = plan.updater().clone();
        }
        if (updater.hasLearningRate()) {
            MapSchedule schedule = schedule(plan);
            updater.setLrAndSchedule(schedule.valueAt(0, 0), schedule);
        }
        return config.updater(updater).build();
    }

    /** The rate of each step as a schedule of ND4J's own, so that the graph is saved and opened without our classes. */
    private static MapSchedule schedule(TrainingPlan plan) {
        Map<Integer, Double> changes = new LinkedHashMap<>();
        double last = Double.NaN;
        for (int step = 0; step < plan.steps(); step++) {
            double rate = plan.learningRate().at(step);
            if (rate != last) {
                changes.put(step, rate);
                last = rate;
            }
        }
        return new MapSchedule(ScheduleType.ITERATION, changes);
    }

    /**
     * The graph, to be saved or looked at: {@link UNetGraph}'s with {@link #TARGET}, {@link #LOSS} and a
     * {@link TrainingConfig}. A frozen parameter is a constant in it.
     *
     * @return the object itself, not a copy
     */
    public SameDiff graph() {
        return graph;
    }

    /**
     * The batches that {@link #fit} learns from, for one's own {@code graph().fit(batches(), …)}.
     *
     * @return the object itself, not a copy
     */
    public DiffusionDataSetIterator batches() {
        return batches;
    }

    /**
     * Takes the plan's steps that are left. An epoch, as listeners are told of it, is a pass through the pictures or 200
     * batches, whichever is shorter.
     *
     * @param listeners told of it, beside those that the graph has; one that answers STOP at an epoch's end ends the call
     * @return each step's loss
     * @throws Diffusion4jException if a loss isn't a finite number, or a picture can't be had
     */
    public List<Double> fit(Listener... listeners) {
        Steps steps = new Steps();
        AtomicBoolean stopped = new AtomicBoolean();
        Listener[] all = Stream.concat(
                        Stream.of(steps), Arrays.stream(listeners).map(listener -> noticing(listener, stopped)))
                .toArray(Listener[]::new);
        while (batches.epochsLeft() > 0 && !stopped.get()) {
            int epochs = Math.max(1, BATCHES_AT_ONCE / batches.batchesInEpoch());
            graph.fit(batches, Math.min(epochs, batches.epochsLeft()), all);
        }
        return steps.losses;
    }

    /** SameDiff asks for STOP only within one call of its own. */
    private static Listener noticing(Listener listener, AtomicBoolean stopped) {
        return (Listener) Proxy.newProxyInstance(
                Listener.class.getClassLoader(), new Class<?>[] {Listener.class}, (proxy, method, arguments) -> {
                    try {
                        Object answer = method.invoke(listener, arguments);
                        if (answer == ListenerResponse.STOP) {
                            stopped.set(true);
                        }
                        return answer;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** Keeps the losses, and ends the training if a loss isn't finite. */
    private static final class Steps extends BaseListener {
        private final List<Double> losses = new ArrayList<>();

        @Override
        public boolean isActive(Operation operation) {
            return operation == Operation.TRAINING;
        }

        @Override
        public void iterationDone(SameDiff graph, At at, MultiDataSet batch, Loss loss) {
            double value = loss.getLoss(LOSS);
            if (!Double.isFinite(value)) {
                throw new Diffusion4jException(String.format(
                        Locale.ROOT,
                        "step %d: expected a finite loss, found %s; the weights are no longer good",
                        at.iteration() + 1,
                        value));
            }
            losses.add(value);
        }
    }

    /**
     * Gives the model as it is now.
     *
     * @return a copy
     */
    public DiffusersModel model() {
        Map<String, INDArray> weights = new LinkedHashMap<>();
        model.tensors()
                .keySet()
                .forEach(name ->
                        weights.put(name, graph.getVariable(name).getArr().dup('c')));
        return model.withWeights(weights);
    }

    /** Frees its memory. The graph can still be used. */
    @Override
    public void close() {
        batches.close();
    }
}
