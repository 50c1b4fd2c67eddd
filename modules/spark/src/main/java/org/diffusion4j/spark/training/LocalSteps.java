package org.diffusion4j.spark.training;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.training.DiffusionTrainer;
import org.diffusion4j.training.GradientTree;
import org.diffusion4j.training.LocalGradients;
import org.diffusion4j.training.StepGradients;
import org.diffusion4j.training.StepRounds;
import org.diffusion4j.training.Trainer;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Lets each worker take several steps on its own part of each step's batches, and averages parameters, moments and moving
 * averages then (local SGD, Stich 2018, arXiv:1805.09767; with AdamW's moments as well). The network has so many times less to
 * carry; the weights are others than those of one machine.
 */
final class LocalSteps implements StepRounds {
    private final FlatParameters parameters;
    private final Exchange exchange;
    private final TrainingPlan plan;
    private final int workers;
    private final int steps;

    /** A trainer's state on its way. */
    private record State(long step, long to, Map<String, VectorBytes> vectors) implements Serializable {}

    /** What a worker's steps came to: the sum of their losses, and the last one. */
    private record Result(double losses, Trainer.Step last, Map<String, VectorBytes> vectors) implements Serializable {}

    /**
     * Begins nothing yet.
     *
     * @param parameters of the model that is trained
     * @param exchange with the workers; this closes it
     * @param plan with batches that the workers' parts divide evenly
     * @param workers how many take a part at most
     * @param steps of a round
     */
    LocalSteps(FlatParameters parameters, Exchange exchange, TrainingPlan plan, int workers, int steps) {
        this.parameters = parameters;
        this.exchange = exchange;
        this.plan = plan;
        this.workers = workers;
        this.steps = steps;
        requireEvenParts(plan, workers);
    }

    /** An average counts each worker once. */
    static void requireEvenParts(TrainingPlan plan, int workers) {
        List<StepPart> parts = StepPart.of(0, plan.accumulation(), workers);
        StepPart last = parts.get(parts.size() - 1);
        if (last.to() - last.from() != parts.get(0).to()) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "local-steps: expected an accumulation of equal parts for %d workers, such as %d, found %d",
                    workers,
                    workers,
                    plan.accumulation()));
        }
    }

    @Override
    public FlatParameters parameters() {
        return parameters;
    }

    @Override
    public Trainer.Step round(Trainer trainer, BooleanSupplier stopped) {
        long first = trainer.steps();
        // Rounds begin at multiples of their length, wherever a run was stopped.
        long end = Math.min(plan.steps(), (first / steps + 1) * steps);
        Map<String, VectorBytes> vectors = new LinkedHashMap<>();
        trainer.state().forEach((name, vector) -> vectors.put(name, VectorBytes.of(vector)));
        List<Result> results = exchange.run(
                new State(first, end, vectors),
                StepPart.of(first, plan.accumulation(), workers),
                LocalSteps::steps,
                stopped);
        if (results == null || results.contains(null)) {
            return null;
        }
        average(trainer, end, results);
        double losses = results.stream().mapToDouble(Result::losses).sum();
        double norms =
                results.stream().mapToDouble(each -> each.last.gradientNorm()).sum();
        return new Trainer.Step(
                end,
                losses / results.size() / (end - first),
                norms / results.size(),
                results.get(0).last.learningRate());
    }

    private static void average(Trainer trainer, long step, List<Result> results) {
        Map<String, INDArray> mean = new LinkedHashMap<>();
        trainer.state().forEach((name, vector) -> mean.put(name, mean(name, vector.length(), results)));
        trainer.restore(step, mean);
        mean.values().forEach(INDArray::close);
    }

    private static INDArray mean(String name, long length, List<Result> results) {
        INDArray vector = Nd4j.create(DataType.FLOAT, length);
        try (GradientTree tree = new GradientTree(vector)) {
            for (int i = 0; i < results.size(); i++) {
                results.get(i).vectors.get(name).copyTo(vector);
                if (i + 1 < results.size()) {
                    tree.add();
                } else {
                    tree.addLast();
                }
            }
        }
        return vector.divi(results.size());
    }

    /** In an executor. */
    private static Result steps(
            TrainingJob job, LocalGradients gradients, State state, StepPart part, BooleanSupplier stopped) {
        PartGradients ofPart = new PartGradients(gradients, part, job.plan().accumulation());
        DiffusersModel model = Workers.model(job);
        try (DiffusionTrainer trainer = new DiffusionTrainer(model, job.plan(), ofPart, job.threads())) {
            restore(trainer, state);
            double losses = 0;
            Trainer.Step last = null;
            while (trainer.steps() < state.to) {
                last = trainer.step(stopped);
                if (last == null) {
                    return null;
                }
                losses += last.loss();
            }
            Map<String, VectorBytes> vectors = new LinkedHashMap<>();
            trainer.state().forEach((name, vector) -> vectors.put(name, VectorBytes.of(vector)));
            return new Result(losses, last, vectors);
        }
    }

    private static void restore(Trainer trainer, State state) {
        Map<String, INDArray> vectors = new LinkedHashMap<>();
        trainer.state().forEach((name, vector) -> {
            INDArray sent = Nd4j.create(DataType.FLOAT, vector.length());
            state.vectors.get(name).copyTo(sent);
            vectors.put(name, sent);
        });
        trainer.restore(state.step, vectors);
        vectors.values().forEach(INDArray::close);
    }

    /** A part's gradient as that of whole steps: of the mean over the part's batches, not over all. */
    private record PartGradients(LocalGradients gradients, StepPart part, int accumulation) implements StepGradients {
        @Override
        public FlatParameters parameters() {
            return gradients.parameters();
        }

        @Override
        public Losses compute(long step, BooleanSupplier stopped) {
            Losses losses = gradients.compute(step, part.from(), part.to(), stopped);
            if (losses != null) {
                gradients.parameters().gradients().muli((double) accumulation / (part.to() - part.from()));
            }
            return losses;
        }

        /** The network is kept for the next round. */
        @Override
        public void close() {}
    }

    /** Rounds have no gradient of their own. */
    @Override
    public Losses compute(long step, BooleanSupplier stopped) {
        throw new UnsupportedOperationException("local steps are taken by rounds");
    }

    @Override
    public void close() {
        exchange.close();
    }
}
