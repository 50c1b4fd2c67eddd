package org.diffusion4j.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.zoo.PretrainedType;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.training.nd4j.DiffusionDataSetIterator;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.zoo.DdpmMnist;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Adam;

class ComputationGraphTrainingTest {
    private static final BarPictures PICTURES = new BarPictures(8, 1, 8, 8, List.of("lying", "standing"));

    /** Deeplearning4j's loss is a sum over them, where the trainer's is a mean. */
    private static final int PIXELS = 64;

    @Tag("slow")
    @Test
    void anEntryLearnsAsFastAsWithTheTrainer() {
        DdpmMnist entry =
                DdpmMnist.builder().inputShape(1, 8, 8).updater(new Adam(1e-4)).build();
        TrainingPlan plan = TrainingPlan.builder()
                .steps(3)
                .batchSize(2)
                .updater(new Adam(1e-4))
                .maxGradientNorm(Double.POSITIVE_INFINITY)
                .ema(null)
                .build();
        DiffusersModel start = entry.model().withConfig(entry.config());
        List<Double> losses = new ArrayList<>();
        try (DiffusionTrainer trainer = new DiffusionTrainer(start, PICTURES, plan, EngineKind.AUTO, 2)) {
            for (int step = 0; step < 3; step++) {
                losses.add(trainer.step().loss());
            }
        }
        ComputationGraph graph = entry.initPretrained(PretrainedType.MNIST);
        List<Double> scores = scores(graph);
        try (DiffusionDataSetIterator batches = DiffusionDataSetIterator.forComputationGraph(entry, PICTURES, plan)) {
            graph.fit(batches, batches.epochsLeft());
        }
        assertEquals(3, scores.size());
        for (int step = 0; step < 3; step++) {
            // Adam makes whole steps of gradients that are rounding noise.
            double tolerance = (step == 0 ? 1e-4 : 5e-3) * losses.get(step);
            assertEquals(losses.get(step), scores.get(step) / PIXELS, tolerance, "step " + step);
        }
    }

    private static List<Double> scores(ComputationGraph graph) {
        List<Double> scores = new ArrayList<>();
        graph.setListeners(new BaseTrainingListener() {
            @Override
            public void iterationDone(Model model, int iteration, int epoch) {
                scores.add(model.score());
            }
        });
        return scores;
    }

    @Tag("slow")
    @Test
    void theScoreFallsFromInitialWeightsAndEveryWeightMoves() {
        DdpmMnist entry =
                DdpmMnist.builder().inputShape(1, 8, 8).updater(new Adam(1e-3)).build();
        TrainingPlan plan = TrainingPlan.builder().steps(12).batchSize(4).build();
        ComputationGraph graph = entry.init();
        Map<String, INDArray> start = entry.model(graph).weights();
        List<Double> scores = scores(graph);
        try (DiffusionDataSetIterator batches = DiffusionDataSetIterator.forComputationGraph(entry, PICTURES, plan)) {
            graph.fit(batches, batches.epochsLeft());
        }
        entry.model(graph).weights().forEach((name, after) -> {
            if (!name.endsWith("to_k.bias")) {
                assertNotEquals(start.get(name), after, name + " didn't move");
            }
        });
        double first = scores.subList(0, 4).stream()
                .mapToDouble(Double::doubleValue)
                .average()
                .orElseThrow();
        double last = scores.subList(8, 12).stream()
                .mapToDouble(Double::doubleValue)
                .average()
                .orElseThrow();
        assertEquals(12, scores.size());
        assertTrue(last < 0.6 * first, scores.toString());
    }

    @Test
    void aGraphOfAnotherEntryIsRefused() {
        DdpmMnist entry = new DdpmMnist();
        ComputationGraph other = new ComputationGraph(new org.deeplearning4j.nn.conf.NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs("in")
                .addLayer(
                        "out",
                        new org.deeplearning4j.nn.conf.layers.OutputLayer.Builder()
                                .nIn(2)
                                .nOut(2)
                                .build(),
                        "in")
                .setOutputs("out")
                .build());
        other.init();
        String message = assertThrows(IllegalArgumentException.class, () -> entry.model(other))
                .getMessage();
        assertTrue(message.contains("of ddpm-mnist, found none"), message);
    }
}
