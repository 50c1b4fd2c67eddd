package org.diffusion4j.training.nd4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.graph.UNetPreset;
import org.diffusion4j.training.BarPictures;
import org.diffusion4j.training.DiffusionTrainer;
import org.diffusion4j.training.EmaDecay;
import org.diffusion4j.training.LearningRate;
import org.diffusion4j.training.LossWeighting;
import org.diffusion4j.training.StartingModel;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.BaseListener;
import org.nd4j.autodiff.listeners.ListenerResponse;
import org.nd4j.autodiff.listeners.Loss;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.listeners.records.LossCurve;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Nesterovs;

class SameDiffTrainingTest {
    private static final BarPictures PICTURES = new BarPictures(16, 3, 8, 8, List.of("lying", "standing"));

    @TempDir
    Path folder;

    private static DiffusersModel model(double dropout) {
        return StartingModel.scratch(
                        UNetPreset.TINY.config().toBuilder().dropout(dropout).build(), new DdpmConfig(), PICTURES, 3)
                .model();
    }

    /** What ND4J can do, and nothing beyond. */
    private static TrainingPlan.Builder stock() {
        return TrainingPlan.builder()
                .batchSize(4)
                .steps(5)
                .maxGradientNorm(Double.POSITIVE_INFINITY)
                .ema(null)
                .seed(11);
    }

    /**
     * Adam moves each weight by about the learning rate, also where the gradient is rounding noise alone; what is compared
     * is thus how far all weights together are off, against how far they came.
     */
    private static DiffusersModel assertTrainsLikeTheTrainer(TrainingPlan plan, double dropout) {
        DiffusersModel start = model(dropout);
        List<Double> losses = new ArrayList<>();
        Map<String, INDArray> expected;
        try (DiffusionTrainer trainer = new DiffusionTrainer(start, PICTURES, plan, EngineKind.SAMEDIFF, 1)) {
            for (long step = 0; step < plan.steps(); step++) {
                losses.add(trainer.step().loss());
            }
            expected = trainer.model().weights();
        }
        try (SameDiffTraining training = new SameDiffTraining(start, PICTURES, plan)) {
            List<Double> found = training.fit();
            assertEquals(losses.size(), found.size());
            for (int step = 0; step < losses.size(); step++) {
                assertEquals(losses.get(step), found.get(step), 1e-5 * losses.get(step), "step " + step);
            }
            Map<String, INDArray> weights = training.model().weights();
            double off = distance(expected, weights);
            double moved = distance(expected, start.weights());
            assertTrue(moved > 1e-3, "moved by " + moved);
            assertTrue(off <= 0.01 * moved, "off by " + off + " of " + moved);
            return training.model();
        }
    }

    private static double distance(Map<String, INDArray> one, Map<String, INDArray> other) {
        assertEquals(one.keySet(), other.keySet());
        return Math.sqrt(one.entrySet().stream()
                // Its gradient is zero but for rounding, of which Adam makes whole steps.
                .filter(entry -> !entry.getKey().endsWith("to_k.bias"))
                .mapToDouble(entry -> {
                    double norm = entry.getValue()
                            .sub(other.get(entry.getKey()))
                            .norm2Number()
                            .doubleValue();
                    return norm * norm;
                })
                .sum());
    }

    @Test
    void adamComesToTheTrainersWeights() {
        assertTrainsLikeTheTrainer(stock().updater(new Adam(1e-3)).build(), 0);
    }

    @Test
    void adamWithDecayWarmUpAndDropoutComesToTheTrainersWeights() {
        assertTrainsLikeTheTrainer(
                stock().adamW(new org.diffusion4j.engine.AdamW.Settings(0.8, 0.99, 1e-8, 0.5))
                        .learningRate(LearningRate.of("cosine", 2e-3, 2, 6))
                        .build(),
                0.2);
    }

    @Test
    void weighsImagesPredictsVAndKeepsFrozenParameters() {
        TrainingPlan plan = stock().updater(new Nesterovs(1e-2, 0.9))
                .weighting(LossWeighting.minSnr(5))
                .prediction(Prediction.V_PREDICTION)
                .frozen(List.of("down_blocks\\..*"))
                .build();
        DiffusersModel trained = assertTrainsLikeTheTrainer(plan, 0);
        assertEquals(Prediction.V_PREDICTION, trained.scheduler().predictionType());
        model(0).weights().forEach((name, before) -> {
            INDArray after = trained.weights().get(name);
            if (name.startsWith("down_blocks.")) {
                assertEquals(before, after, name);
            } else if (!name.matches(".*to_[qk]\\..*")) { // whose gradients are next to nothing at first
                assertNotEquals(before, after, name);
            }
        });
    }

    @Tag("slow")
    @Test
    void theLossFalls() {
        TrainingPlan plan = stock().steps(50).updater(new Adam(3e-3)).build();
        try (SameDiffTraining training = new SameDiffTraining(model(0), PICTURES, plan)) {
            List<Double> losses = training.fit();
            double first = losses.subList(0, 10).stream()
                    .mapToDouble(Double::doubleValue)
                    .average()
                    .orElseThrow();
            double last = losses.subList(40, 50).stream()
                    .mapToDouble(Double::doubleValue)
                    .average()
                    .orElseThrow();
            assertTrue(last < 0.7 * first, first + " then " + last);
            assertEquals(List.of(), training.fit(), "the plan's steps are done");
        }
    }

    @Test
    void aSavedGraphTrainsOnWithNothingButNd4j() throws Exception {
        TrainingPlan plan = stock().steps(4)
                .learningRate(LearningRate.of("linear", 1e-3, 2, 8))
                .build();
        File file = folder.resolve("graph.fb").toFile();
        try (SameDiffTraining training = new SameDiffTraining(model(0), PICTURES, plan)) {
            SameDiff graph = training.graph();
            graph.fit(training.batches(), 1);
            graph.save(file, true);
            SameDiff reopened = SameDiff.load(file, true);
            MultiDataSet batch = DiffusionDataSetIterator.forSameDiff(model(0), PICTURES, plan)
                    .next();
            graph.fit(batch);
            reopened.fit(batch);
            for (String name : model(0).weights().keySet()) {
                INDArray difference = graph.getVariable(name)
                        .getArr()
                        .sub(reopened.getVariable(name).getArr());
                if (!name.endsWith("to_k.bias")) {
                    assertEquals(0, difference.amaxNumber().doubleValue(), 1e-6, name);
                }
            }
        }
    }

    @Test
    void listenersAreToldAndMayStop() {
        TrainingPlan plan = stock().steps(40).build();
        List<Integer> iterations = new ArrayList<>();
        BaseListener listener = new BaseListener() {
            @Override
            public boolean isActive(Operation operation) {
                return operation == Operation.TRAINING;
            }

            @Override
            public void iterationDone(SameDiff graph, At at, MultiDataSet batch, Loss loss) {
                iterations.add(at.iteration());
            }

            @Override
            public ListenerResponse epochEnd(SameDiff graph, At at, LossCurve curve, long milliseconds) {
                return at.epoch() == 1 ? ListenerResponse.STOP : ListenerResponse.CONTINUE;
            }
        };
        try (SameDiffTraining training = new SameDiffTraining(model(0), PICTURES, plan)) {
            assertEquals(8, training.fit(listener).size(), "two epochs of four batches");
            assertEquals(List.of(0, 1, 2, 3, 4, 5, 6, 7), iterations);
        }
    }

    @Test
    void aLossThatIsNoNumberEndsIt() {
        TrainingPlan plan = stock().updater(new Nesterovs(1e20, 0.9)).build();
        try (SameDiffTraining training = new SameDiffTraining(model(0), PICTURES, plan)) {
            String message =
                    assertThrows(Diffusion4jException.class, training::fit).getMessage();
            assertTrue(message.matches("step [2-5]: expected a finite loss, found .*"), message);
        }
    }

    @Test
    void refusesByNameWhatNd4jDoesntHave() {
        TrainingPlan plan = TrainingPlan.builder()
                .accumulation(4)
                .ema(new EmaDecay(0.9, 0, 0, false, 1, 0.75))
                .build();
        assertEquals(
                "SameDiff's fit: expected an infinite max-gradient-norm, accumulation 1, no ema and at most 2147483647"
                        + " steps, found max-gradient-norm 1.0, accumulation 4, ema EmaDecay[decay=0.9, minDecay=0.0,"
                        + " updateAfterStep=0, warmup=false, invGamma=1.0, power=0.75]",
                assertThrows(Diffusion4jException.class, () -> new SameDiffTraining(model(0), PICTURES, plan))
                        .getMessage());
        assertEquals(
                "training: expected a parameter that isn't frozen, found none",
                assertThrows(
                                Diffusion4jException.class,
                                () -> new SameDiffTraining(
                                        model(0),
                                        PICTURES,
                                        stock().frozen(List.of(".*")).build()))
                        .getMessage());
    }
}
