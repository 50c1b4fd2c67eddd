package org.diffusion4j.training;

import java.util.LinkedHashMap;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Trains a network to predict the noise in pictures (Ho et al. 2020, arXiv:2006.11239, algorithm 1), in memory. It knows no
 * files. Only one thread at a time may use it.
 */
public final class DiffusionTrainer extends Trainer {
    private final DiffusersModel model;

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
        super(plan, gradients, threads);
        this.model = plan.predicting(model);
    }

    /**
     * The model as it is now, with the averaged weights if an average is kept.
     *
     * @return a copy
     */
    public DiffusersModel model() {
        Map<String, INDArray> trained = weights();
        Map<String, INDArray> weights = new LinkedHashMap<>();
        model.tensors().forEach((name, tensor) -> {
            INDArray now = trained.get(name);
            weights.put(name, now != null ? now.dup('c') : tensor.use(frozen -> frozen.dup('c')));
        });
        return model.withWeights(weights);
    }
}
