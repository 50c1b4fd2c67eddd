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
import org.diffusion4j.weights.DiffusersModel;
import org.diffusion4j.zoo.DdpmMnist;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Nesterovs;

class ComputationGraphTrainingTest {
    private static final BarPictures PICTURES = new BarPictures(8, 1, 8, 8, List.of("lying", "standing"));

    /** Deeplearning4j's loss is a sum over them, where the trainer's is a mean. */
    private static final int PIXELS = 64;

    @Test
    void anEntryComesToTheTrainersWeights() {
        DdpmMnist entry = DdpmMnist.builder()
                .inputShape(1, 8, 8)
                .updater(new Nesterovs(1e-2 / PIXELS, 0.9))
                .build();
        TrainingPlan plan = TrainingPlan.builder()
                .steps(3)
                .batchSize(2)
                .updater(new Nesterovs(1e-2, 0.9))
                .maxGradientNorm(Double.POSITIVE_INFINITY)
                .ema(null)
                .build();
        DiffusersModel start = entry.model().withConfig(entry.config());
        List<Double> losses = new ArrayList<>();
        Map<String, INDArray> expected;
        try (DiffusionTrainer trainer = new DiffusionTrainer(start, PICTURES, plan, EngineKind.AUTO, 2)) {
            for (int step = 0; step < 3; step++) {
                losses.add(trainer.step().loss());
            }
            expected = trainer.model().weights();
        }
        ComputationGraph graph = entry.initPretrained(PretrainedType.MNIST);
        List<Double> scores = scores(graph);
        try (DiffusionDataSetIterator batches = DiffusionDataSetIterator.forComputationGraph(entry, PICTURES, plan)) {
            graph.fit(batches, batches.epochsLeft());
        }
        assertEquals(3, scores.size());
        for (int step = 0; step < 3; step++) {
            assertEquals(losses.get(step), scores.get(step) / PIXELS, 1e-4 * losses.get(step), "step " + step);
        }
        double off = 0;
        double moved = 0;
        for (Map.Entry<String, INDArray> weight : entry.model(graph).weights().entrySet()) {
            INDArray before = start.weights().get(weight.getKey());
            if (!weight.getKey().endsWith("to_k.bias")) { // its gradient is zero but for rounding
                off += square(weight.getValue().sub(expected.get(weight.getKey())));
                moved += square(expected.get(weight.getKey()).sub(before));
            }
        }
        assertTrue(Math.sqrt(off) <= 0.01 * Math.sqrt(moved), Math.sqrt(off) + " of " + Math.sqrt(moved));
    }

    private static double square(INDArray difference) {
        double norm = difference.norm2Number().doubleValue();
        return norm * norm;
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
