package org.diffusion4j.training;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.BatchNumbers;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.GradientEngine;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Computes gradients in this process: those of whole steps, or of a part of each step's batches. */
public final class LocalGradients implements StepGradients {
    private final TrainedNetwork network;
    private final TrainingPlan plan;
    private final SizedEngines engines;
    private final FlatParameters parameters;
    private final GradientTree tree;
    /** What each batch is made of: pictures, and prior ones if there are some. */
    private final List<Source> sources = new ArrayList<>();

    /** What the batches that are made in advance are for. */
    private Part next;

    /**
     * What computes.
     *
     * @param kind the engine that runs the network
     * @param threads the number of threads, at least 1
     * @param precision the type of the numbers that the network multiplies
     * @param checkpointing whether parts of the forward pass are computed twice, in place of keeping all that the backward
     *     pass reads: less memory, more time, and the same gradients to the bit
     */
    public record Computer(EngineKind kind, int threads, Precision precision, boolean checkpointing) {}

    /** Batches, and how much their loss counts. */
    private record Source(NoisyBatches batches, double weight) {}

    /** A step's batches from one number to another, of which the first is 0. */
    private record Part(long step, int from, int to) {}

    /**
     * Opens a network that draws pictures of classes, or any pictures, for training.
     *
     * @param model the model to train, with a scheduler; it isn't changed, and stays open until this is closed
     * @param pictures the pictures to learn, which have the model's size and channels
     * @param plan how it is trained
     * @param computer what computes
     * @throws Diffusion4jException if model and pictures don't go together, or what the computer is to do isn't possible here
     */
    public LocalGradients(DiffusersModel model, PictureSource pictures, TrainingPlan plan, Computer computer) {
        this(checked(model, pictures, plan), plan, computer);
    }

    /**
     * Opens a network of any kind for training.
     *
     * @param network what is trained, and what it learns from
     * @param plan how it is trained
     * @param computer what computes
     * @throws Diffusion4jException if what the computer is to do isn't possible here
     */
    public LocalGradients(TrainedNetwork network, TrainingPlan plan, Computer computer) {
        this.network = network;
        this.plan = plan;
        engines = new SizedEngines(network, computer);
        parameters = engines.parameters();
        tree = new GradientTree(parameters.gradients());
    }

    private static TrainedNetwork checked(DiffusersModel model, PictureSource pictures, TrainingPlan plan) {
        TrainingChecks.check(model, pictures, plan);
        return ClassNetwork.of(model, pictures, plan);
    }

    /**
     * A network that draws pictures of classes, or any pictures, to be trained.
     *
     * @param model the network, with a scheduler; it stays open
     * @param pictures what it learns
     * @param plan how
     * @return the network
     */
    public static TrainedNetwork network(DiffusersModel model, PictureSource pictures, TrainingPlan plan) {
        return ClassNetwork.of(model, pictures, plan);
    }

    /**
     * The parameters of a model alone, laid out as they are where its gradients are computed.
     *
     * @param model the model to train; it isn't changed
     * @param plan says what is trained of it
     * @return a copy of their values, with gradients of zero
     */
    public static FlatParameters parameters(DiffusersModel model, TrainingPlan plan) {
        TrainedNetwork network = ClassNetwork.of(model, null, plan);
        return new FlatParameters(network.graph(network.size()), network::trains);
    }

    @Override
    public FlatParameters parameters() {
        return parameters;
    }

    @Override
    public Losses compute(long step, BooleanSupplier stopped) {
        return compute(step, 0, plan.accumulation(), stopped);
    }

    /**
     * Computes the part of a step's gradient that some of its batches have, as {@link #compute(long, BooleanSupplier)} does
     * with all of them.
     *
     * @param step the number of the step, from 0
     * @param from the first batch of the step, from 0
     * @param to the batch after the last one, at most the plan's accumulation
     * @param stopped is asked between batches
     * @return the losses of these batches; null if it was stopped
     * @throws Diffusion4jException if a picture can't be read
     */
    public Losses compute(long step, int from, int to, BooleanSupplier stopped) {
        boolean whole = false;
        try {
            if (network.begins(step, parameters)) {
                closeBatches();
            }
            open(new Part(step, from, to));
            Losses losses = sum(from, to, stopped);
            whole = losses != null && Double.isFinite(losses.mean());
            return losses;
        } finally {
            if (whole) {
                next = new Part(step + 1, from, to);
            } else {
                tree.clear();
                closeBatches();
            }
        }
    }

    private Losses sum(int from, int to, BooleanSupplier stopped) {
        List<Double> losses = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int micro = from; micro < to; micro++) {
            if (micro > from && stopped.getAsBoolean()) {
                return null;
            }
            double loss = 0;
            for (Source source : sources) {
                try (NoisyBatch batch = source.batches.next()) {
                    loss += accumulate(batch, source.weight);
                    if (!Double.isFinite(loss)) {
                        losses.add(loss);
                        return new Losses(losses, batch.names());
                    }
                    if (names.size() < DivergedException.MOST_NAMES) {
                        names.addAll(batch.names());
                    }
                }
            }
            losses.add(loss);
            if (micro + 1 < to) {
                tree.add();
            } else {
                tree.addLast();
            }
        }
        return new Losses(losses, names);
    }

    /** Makes batches in advance, as if every step had this part. */
    private void open(Part part) {
        if (!part.equals(next)) {
            closeBatches();
            int accumulation = plan.accumulation();
            BatchNumbers numbers =
                    new BatchNumbers(part.step * accumulation + part.from, part.to - part.from, accumulation);
            sources.add(new Source(network.batches(numbers), 1));
            NoisyBatches prior = network.priorBatches(numbers);
            if (prior != null) {
                sources.add(new Source(prior, network.priorWeight()));
            }
        }
    }

    /** Runs a batch forward and backward; returns its loss, as far as it counts. */
    private double accumulate(NoisyBatch batch, double weight) {
        GradientEngine engine = engines.of(batch.noisy());
        INDArray own = network.target(batch, (sample, timesteps, conditioning) -> {
            try (INDArray times = times(timesteps)) {
                return engine.predict(sample, times, conditioning);
            }
        });
        BatchLoss batchLoss = new BatchLoss(
                network.loss(), own == null ? batch.target() : own, batch.timesteps(), plan.accumulation(), weight);
        try (own;
                INDArray times = times(batch.timesteps())) {
            engine.accumulate(batch.noisy(), times, batch.conditioning(), batchLoss);
        }
        return batchLoss.value();
    }

    private static INDArray times(long[] timesteps) {
        return Nd4j.createFromArray(timesteps).castTo(DataType.FLOAT);
    }

    private void closeBatches() {
        next = null;
        sources.forEach(source -> source.batches.close());
        sources.clear();
    }

    @Override
    public void close() {
        closeBatches();
        engines.close();
        tree.close();
    }
}
