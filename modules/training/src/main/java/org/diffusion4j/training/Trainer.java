package org.diffusion4j.training;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.AdamW;
import org.diffusion4j.engine.Optimizer;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Takes the steps of a plan: asks for each step's gradient and lets the optimiser change the parameters, in memory. It knows no
 * network and no files. Only one thread at a time may use it.
 */
public class Trainer implements AutoCloseable {
    private static final String PARAMETERS = "parameters";
    private static final String AVERAGE = "average";

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
     * Makes a trainer, before its first step.
     *
     * @param plan how the parameters are trained
     * @param gradients of the parameters, in the plan's steps; the trainer closes it
     * @param threads the number of threads of the optimiser, at least 1
     */
    public Trainer(TrainingPlan plan, StepGradients gradients, int threads) {
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
     * The trained parameters as they are now: averaged ones if an average is kept.
     *
     * @return by name; views, which later steps change
     */
    public Map<String, INDArray> weights() {
        INDArray result = optimizer.average() == null ? parameters.values() : optimizer.average();
        Map<String, INDArray> weights = new LinkedHashMap<>();
        for (String name : parameters.names()) {
            weights.put(name, parameters.view(result, name));
        }
        return weights;
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
