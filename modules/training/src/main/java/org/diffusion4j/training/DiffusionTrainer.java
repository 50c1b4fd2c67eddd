package org.diffusion4j.training;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.engine.AdamW;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Optimizer;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Trains a network to predict the noise in pictures (Ho et al. 2020, arXiv:2006.11239, algorithm 1), in memory. It knows no
 * files. Only one thread at a time may use it.
 */
public final class DiffusionTrainer implements AutoCloseable {
    private static final String PARAMETERS = "parameters";
    private static final String AVERAGE = "average";

    private final DiffusersModel model;
    private final TrainingPlan plan;
    private final StepGradients gradients;
    private final FlatParameters parameters;
    private final Optimizer optimizer;

    /**
     * The result of a step.
     *
     * @param number the number of the step, from 1
     * @param loss the mean over its batches
     * @param gradientNorm the gradient's norm over all parameters together, before clipping
     * @param learningRate the learning rate of the step
     */
    public record Step(long number, double loss, double gradientNorm, double learningRate) implements Serializable {}

    /**
     * Makes a trainer in float32, before its first step.
     *
     * @param model the model to train, with a scheduler; it isn't changed, and stays open until the trainer is closed
     * @param pictures the pictures to learn, which have the model's size and channels
     * @param plan how it is trained
     * @param kind the engine that runs the network
     * @param threads the number of threads, at least 1
     * @throws Diffusion4jException if model and pictures don't go together
     */
    public DiffusionTrainer(
            DiffusersModel model, PictureSource pictures, TrainingPlan plan, EngineKind kind, int threads) {
        this(model, pictures, plan, kind, threads, Precision.FP32);
    }

    /**
     * Makes a trainer, before its first step.
     *
     * @param model the model to train, with a scheduler; it isn't changed, and stays open until the trainer is closed
     * @param pictures the pictures to learn, which have the model's size and channels
     * @param plan how it is trained
     * @param kind the engine that runs the network
     * @param threads the number of threads, at least 1
     * @param precision the type of the numbers that the network multiplies
     * @throws Diffusion4jException if model and pictures don't go together, or precision and engine or processor
     */
    public DiffusionTrainer(
            DiffusersModel model,
            PictureSource pictures,
            TrainingPlan plan,
            EngineKind kind,
            int threads,
            Precision precision) {
        this(model, pictures, plan, kind, threads, precision, false);
    }

    /**
     * Makes a trainer, before its first step.
     *
     * @param model the model to train, with a scheduler; it isn't changed
     * @param pictures the pictures to learn, which have the model's size and channels
     * @param plan how it is trained
     * @param kind the engine that runs the network
     * @param threads the number of threads, at least 1
     * @param precision the type of the numbers that the network multiplies
     * @param checkpointing whether each step computes parts of the forward pass twice, in place of keeping all that the backward
     *     pass reads: less memory, more time, and the same weights to the bit
     * @throws Diffusion4jException if model and pictures don't go together, or precision or checkpointing and engine or
     *     processor
     */
    public DiffusionTrainer(
            DiffusersModel model,
            PictureSource pictures,
            TrainingPlan plan,
            EngineKind kind,
            int threads,
            Precision precision,
            boolean checkpointing) {
        this(
                model,
                plan,
                new LocalGradients(
                        model, pictures, plan, new LocalGradients.Computer(kind, threads, precision, checkpointing)),
                threads);
    }

    /**
     * Makes a trainer whose gradients are computed elsewhere, before its first step.
     *
     * @param model the model to train, with a scheduler; it isn't changed, and stays open until the trainer is closed
     * @param plan how it is trained
     * @param gradients of this model's parameters and this plan's steps; the trainer closes it
     * @param threads the number of threads of the optimiser, at least 1
     */
    public DiffusionTrainer(DiffusersModel model, TrainingPlan plan, StepGradients gradients, int threads) {
        this.model = plan.predicting(model);
        this.plan = plan;
        this.gradients = gradients;
        parameters = gradients.parameters();
        optimizer = plan.updater() == null
                ? new AdamW(parameters, plan.adamW(), plan.ema() != null, threads)
                : new UpdaterOptimizer(parameters, plan.updater(), plan.ema() != null);
    }

    /**
     * Takes a step.
     *
     * @return its result
     * @throws DivergedException if the loss or its gradient isn't a finite number; the parameters are as before the step
     * @throws Diffusion4jException if a picture can't be read
     */
    public Step step() {
        return step(() -> false);
    }

    /**
     * Takes a step, unless it is stopped between two of its batches; then everything is as before.
     *
     * @param stopped is asked between batches
     * @return its result; null if it was stopped
     * @throws DivergedException if the loss or its gradient isn't a finite number; the parameters are as before the step
     * @throws Diffusion4jException if a picture can't be read
     */
    public Step step(BooleanSupplier stopped) {
        boolean taken = false;
        try {
            Step step = wholeStep(stopped);
            taken = step != null;
            return step;
        } finally {
            if (!taken) {
                parameters.gradients().assign(0);
            }
        }
    }

    private Step wholeStep(BooleanSupplier stopped) {
        if (gradients instanceof StepRounds rounds) {
            return rounds.round(this, stopped);
        }
        long index = optimizer.steps();
        StepGradients.Losses losses = gradients.compute(index, stopped);
        if (losses == null) {
            return null;
        }
        double mean = losses.mean();
        double norm = Double.isFinite(mean) ? optimizer.gradientNorm() : Double.NaN;
        if (!Double.isFinite(norm)) {
            throw new DivergedException(index + 1, mean, norm, losses.names());
        }
        double learningRate = plan.learningRate().at(index);
        optimizer.step(
                learningRate,
                AdamW.clipFactor(norm, plan.maxGradientNorm()),
                plan.ema() == null ? 0 : plan.ema().at(index));
        return new Step(index + 1, mean, norm, learningRate);
    }

    /**
     * The number of steps taken so far.
     *
     * @return at least 0
     */
    public long steps() {
        return optimizer.steps();
    }

    /**
     * The model as it is now, with the averaged weights if an average is kept.
     *
     * @return a copy
     */
    public DiffusersModel model() {
        INDArray result = optimizer.average() == null ? parameters.values() : optimizer.average();
        Map<String, INDArray> weights = new LinkedHashMap<>();
        for (String name : model.tensors().keySet()) {
            weights.put(
                    name,
                    parameters.names().contains(name)
                            ? parameters.view(result, name).dup('c')
                            : model.tensors().get(name).use(frozen -> frozen.dup('c')));
        }
        return model.withWeights(weights);
    }

    /**
     * Everything that a run needs in order to continue, besides its {@linkplain #steps() step}, model, pictures and plan.
     *
     * @return the trainer's own vectors by name, not copies
     */
    public Map<String, INDArray> state() {
        Map<String, INDArray> state = new LinkedHashMap<>();
        state.put(PARAMETERS, parameters.values());
        if (optimizer.average() != null) {
            state.put(AVERAGE, optimizer.average());
        }
        state.putAll(optimizer.moments());
        return state;
    }

    /**
     * Continues from the state of another trainer with the same plan, as if it were that trainer.
     *
     * @param steps the number of steps that it had taken
     * @param state as {@link #state()} gave it
     * @throws IllegalArgumentException if the vectors don't belong to this plan and network
     */
    public void restore(long steps, Map<String, INDArray> state) {
        Map<String, INDArray> mine = state();
        if (!mine.keySet().equals(state.keySet())) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "state: expected the vectors %s, found %s", mine.keySet(), state.keySet()));
        }
        mine.forEach((name, vector) -> {
            INDArray saved = state.get(name);
            if (saved.length() != vector.length()) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "state, '%s': expected %d elements, found %d",
                        name,
                        vector.length(),
                        saved.length()));
            }
            vector.assign(saved.reshape('c', vector.shape()));
        });
        optimizer.resume(steps);
    }

    /** Frees the trainer's memory. */
    @Override
    public void close() {
        gradients.close();
        optimizer.close();
    }
}
