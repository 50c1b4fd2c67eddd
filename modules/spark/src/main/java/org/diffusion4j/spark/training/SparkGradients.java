package org.diffusion4j.spark.training;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.training.GradientTree;
import org.diffusion4j.training.LocalGradients;
import org.diffusion4j.training.StepGradients;

/**
 * Computes a step's gradient on a cluster: each worker that of a subtree of the step's batches, whose sums are added here in the
 * tree in which one machine adds them. So it has the bits of one machine.
 */
final class SparkGradients implements StepGradients {
    private final FlatParameters parameters;
    private final GradientTree tree;
    private final Exchange exchange;
    private final int batches;
    private final int workers;

    /**
     * Begins nothing yet.
     *
     * @param parameters of the model that is trained
     * @param exchange with the workers; this closes it
     * @param batches of a step
     * @param workers how many take a part of it at most
     */
    SparkGradients(FlatParameters parameters, Exchange exchange, int batches, int workers) {
        this.parameters = parameters;
        this.exchange = exchange;
        this.batches = batches;
        this.workers = workers;
        tree = new GradientTree(parameters.gradients());
    }

    @Override
    public FlatParameters parameters() {
        return parameters;
    }

    @Override
    public Losses compute(long step, BooleanSupplier stopped) {
        List<PartGradient> parts = exchange.run(
                VectorBytes.of(parameters.values()),
                StepPart.of(step, batches, workers),
                SparkGradients::part,
                stopped);
        return parts == null || parts.contains(null) ? null : sum(parts);
    }

    /** In an executor. */
    private static PartGradient part(
            TrainingJob job, LocalGradients gradients, VectorBytes values, StepPart part, BooleanSupplier stopped) {
        values.copyTo(gradients.parameters().values());
        Losses losses = gradients.compute(part.step(), part.from(), part.to(), stopped);
        if (losses == null) {
            return null;
        }
        boolean finite = Double.isFinite(losses.mean());
        VectorBytes sum = finite ? VectorBytes.of(gradients.parameters().gradients()) : null;
        gradients.parameters().gradients().assign(0);
        return new PartGradient(losses, sum);
    }

    /** The losses are those of one machine, too, which ends a step at the first one that isn't finite. */
    private Losses sum(List<PartGradient> parts) {
        List<Double> losses = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            PartGradient part = parts.get(i);
            losses.addAll(part.losses().losses());
            if (part.sum() == null) {
                tree.clear();
                return new Losses(losses, part.losses().names());
            }
            names.addAll(part.losses().names());
            part.sum().copyTo(parameters.gradients());
            if (i + 1 < parts.size()) {
                tree.add();
            } else {
                tree.addLast();
            }
        }
        return new Losses(losses, names);
    }

    @Override
    public void close() {
        exchange.close();
        tree.close();
    }
}
