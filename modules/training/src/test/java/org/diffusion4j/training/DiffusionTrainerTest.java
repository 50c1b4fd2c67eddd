package org.diffusion4j.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.diffusion.sampler.EdmEulerConfig;
import org.diffusion4j.diffusion.sampler.PndmConfig;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetShape;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nd4j.linalg.schedule.StepSchedule;

class DiffusionTrainerTest {
    private static DiffusionTrainer trainer(DrawnPictures pictures, TrainingPlan plan, EngineKind engine) {
        return new DiffusionTrainer(TinyTraining.model(pictures), pictures, plan, engine, 2);
    }

    private static List<Trainer.Step> steps(DiffusionTrainer trainer, int count) {
        List<Trainer.Step> steps = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            steps.add(trainer.step());
        }
        return steps;
    }

    private static Map<String, INDArray> copyOfState(DiffusionTrainer trainer) {
        Map<String, INDArray> copy = new HashMap<>();
        trainer.state().forEach((name, vector) -> copy.put(name, vector.dup()));
        return copy;
    }

    @Tag("slow")
    @ParameterizedTest
    @EnumSource(
            value = EngineKind.class,
            names = {"ONEDNN", "SAMEDIFF"})
    void goesOnFromAStateAsIfItHadNeverStopped(EngineKind engine) {
        DrawnPictures pictures = TinyTraining.PICTURES.withClasses(2);
        TrainingPlan plan = TinyTraining.plan(12).build();
        try (DiffusionTrainer whole = trainer(pictures, plan, engine);
                DiffusionTrainer later = trainer(pictures, plan, engine)) {
            steps(whole, 5);
            Map<String, INDArray> state = copyOfState(whole);
            List<Trainer.Step> expected = steps(whole, 7);
            later.restore(5, state);
            assertEquals(expected, steps(later, 7));
            whole.state()
                    .forEach(
                            (name, vector) -> assertEquals(vector, later.state().get(name), name));
            assertEquals(12, later.steps());
        }
    }

    @Test
    void bothEnginesLearnTheSame() {
        TrainingPlan plan = TinyTraining.plan(4).build();
        try (DiffusionTrainer compiled = trainer(TinyTraining.PICTURES, plan, EngineKind.ONEDNN);
                DiffusionTrainer reference = trainer(TinyTraining.PICTURES, plan, EngineKind.SAMEDIFF)) {
            for (int step = 0; step < 2; step++) {
                Trainer.Step one = compiled.step();
                Trainer.Step other = reference.step();
                assertEquals(other.loss(), one.loss(), 1e-4 * other.loss());
                assertEquals(other.gradientNorm(), one.gradientNorm(), 1e-3 * other.gradientNorm());
            }
        }
    }

    @Tag("slow")
    @Test
    void bf16LearnsAsWellAndGoesOnToTheBit() {
        TinyTraining.assumeBf16();
        DrawnPictures pictures = DrawnPictures.of(6, 16);
        DiffusersModel model = StartingModel.scratch(
                        new UNetShape(List.of(16, 32), List.of(8), 1, 8).config(new SampleSize(16, 16), 3),
                        new DdpmConfig(),
                        pictures,
                        3)
                .model();
        TrainingPlan plan = TinyTraining.plan(100)
                .learningRate(new LearningRate(3e-3, 10, new LearningRate.Constant()))
                .build();
        try (DiffusionTrainer full = new DiffusionTrainer(model, pictures, plan, EngineKind.ONEDNN, 2);
                DiffusionTrainer half =
                        new DiffusionTrainer(model, pictures, plan, EngineKind.ONEDNN, 2, Precision.BF16);
                DiffusionTrainer later =
                        new DiffusionTrainer(model, pictures, plan, EngineKind.ONEDNN, 2, Precision.BF16)) {
            List<Trainer.Step> first = steps(full, 100);
            double expected = meanLoss(first.subList(80, 100));
            double norm = steps(half, 60).get(0).gradientNorm();
            assertEquals(first.get(0).gradientNorm(), norm, 3e-2 * norm);
            assertNotEquals(first.get(0).gradientNorm(), norm, 1e-5 * norm);
            Map<String, INDArray> state = copyOfState(half);
            List<Trainer.Step> last = steps(half, 40);
            assertEquals(expected, meanLoss(last.subList(20, 40)), 0.25 * expected); // their paths part early
            later.restore(60, state);
            assertEquals(last, steps(later, 40));
        }
    }

    @ParameterizedTest
    @EnumSource(Prediction.class)
    void learnsWhateverThePredictionIs(Prediction prediction) {
        TrainingPlan plan = TinyTraining.plan(150)
                .prediction(prediction)
                .weighting(LossWeighting.minSnr(5))
                .learningRate(new LearningRate(3e-3, 10, new LearningRate.Constant()))
                .build();
        try (DiffusionTrainer trainer = trainer(TinyTraining.PICTURES, plan, EngineKind.AUTO)) {
            List<Trainer.Step> steps = steps(trainer, 150);
            assertTrue(meanLoss(steps.subList(130, 150)) < 0.6 * meanLoss(steps.subList(0, 20)));
            assertEquals(
                    prediction, trainer.model().scheduler().predictionType(), "the model says what it was trained for");
        }
    }

    private static double meanLoss(List<Trainer.Step> steps) {
        return steps.stream().mapToDouble(Trainer.Step::loss).average().orElseThrow();
    }

    @Test
    void frozenParametersStayAndAllOthersMove() {
        TrainingPlan plan = TinyTraining.plan(8)
                .frozen(List.of("down_blocks\\..*", "conv_in\\.weight"))
                .learningRate(new LearningRate(1e-2, 0, new LearningRate.Constant()))
                .build();
        DiffusersModel before = TinyTraining.model(TinyTraining.PICTURES);
        try (DiffusionTrainer trainer = trainer(TinyTraining.PICTURES, plan, EngineKind.AUTO)) {
            steps(trainer, 3);
            trainer.model().weights().forEach((name, after) -> {
                boolean frozen = name.startsWith("down_blocks.") || name.equals("conv_in.weight");
                assertEquals(frozen, after.equals(before.weights().get(name)), name);
            });
        }
    }

    @Test
    void theResultIsTheAverageWhereOneIsKept() {
        TrainingPlan.Builder plan =
                TinyTraining.plan(8).learningRate(new LearningRate(1e-2, 0, new LearningRate.Constant()));
        try (DiffusionTrainer averaged = trainer(TinyTraining.PICTURES, plan.build(), EngineKind.AUTO);
                DiffusionTrainer plain =
                        trainer(TinyTraining.PICTURES, plan.ema(null).build(), EngineKind.AUTO)) {
            assertEquals(steps(plain, 3), steps(averaged, 3), "the average has no part in what is learnt");
            String name = "conv_out.bias";
            assertEquals(plain.state().get("parameters"), averaged.state().get("parameters"));
            assertNotEquals(
                    plain.model().weights().get(name),
                    averaged.model().weights().get(name));
        }
    }

    @Test
    void anotherSeedLearnsOtherwiseAndTheSameOneTheSame() {
        try (DiffusionTrainer one =
                        trainer(TinyTraining.PICTURES, TinyTraining.plan(2).build(), EngineKind.AUTO);
                DiffusionTrainer same =
                        trainer(TinyTraining.PICTURES, TinyTraining.plan(2).build(), EngineKind.AUTO);
                DiffusionTrainer other = trainer(
                        TinyTraining.PICTURES, TinyTraining.plan(2).seed(8).build(), EngineKind.AUTO)) {
            Trainer.Step step = one.step();
            assertEquals(step, same.step());
            assertNotEquals(step, other.step());
        }
    }

    @Test
    void aLossThatIsNoNumberEndsTheStepBeforeAnythingMoves() {
        DrawnPictures spoiled = TinyTraining.PICTURES.spoiledFrom(5);
        TrainingPlan plan = TinyTraining.plan(8).build();
        try (DiffusionTrainer trainer = trainer(spoiled, plan, EngineKind.AUTO)) {
            steps(trainer, 2);
            Map<String, INDArray> before = copyOfState(trainer);
            DivergedException e = assertThrows(DivergedException.class, trainer::step);
            assertTrue(e.getMessage().contains("step 3") && e.getMessage().contains("bar-"), e.getMessage());
            before.forEach(
                    (name, vector) -> assertEquals(vector, trainer.state().get(name), name));
        }
    }

    @Test
    void nd4jsUpdatersAndSchedulesAreTaken() {
        Adam adam = new Adam(new StepSchedule(ScheduleType.ITERATION, 1e-2, 0.1, 3));
        TrainingPlan.Builder builder = TinyTraining.plan(20)
                .maxGradientNorm(Double.POSITIVE_INFINITY)
                .adamW(new org.diffusion4j.engine.AdamW.Settings(0.9, 0.999, 1e-8, 0));
        TrainingPlan plan = builder.updater(adam).build();
        assertEquals(1e-2, plan.learningRate().at(2), 1e-12);
        assertEquals(1e-3, plan.learningRate().at(3), 1e-12);
        // Without decay and clipping AdamW is Adam.
        TrainingPlan ours =
                builder.updater(null).learningRate(plan.learningRate()).build();
        try (DiffusionTrainer theirs = trainer(TinyTraining.PICTURES, plan, EngineKind.AUTO);
                DiffusionTrainer mine = trainer(TinyTraining.PICTURES, ours, EngineKind.AUTO)) {
            for (int i = 0; i < 6; i++) {
                Trainer.Step step = theirs.step();
                Trainer.Step other = mine.step();
                assertEquals(other.learningRate(), step.learningRate());
                assertEquals(other.loss(), step.loss(), 1e-3 * other.loss());
            }
            Map<String, INDArray> state = copyOfState(theirs);
            Trainer.Step next = theirs.step();
            try (DiffusionTrainer later = trainer(TinyTraining.PICTURES, plan, EngineKind.AUTO)) {
                later.restore(6, state);
                assertEquals(next, later.step());
            }
        }
    }

    @Test
    void droppedLabelsAreThoseOfNoClass() {
        DrawnPictures pictures = TinyTraining.PICTURES.withClasses(2);
        try (DiffusionTrainer trainer =
                trainer(pictures, TinyTraining.plan(8).labelDropout(1).build(), EngineKind.AUTO)) {
            INDArray before = TinyTraining.model(pictures).weights().get("class_embedding.weight");
            steps(trainer, 2);
            INDArray gradientFree = trainer.model().weights().get("class_embedding.weight");
            // AdamW's decay alone moves what has no gradient, in proportion.
            for (int label = 0; label < 3; label++) {
                INDArray ratio = gradientFree.getRow(label).div(before.getRow(label));
                assertEquals(
                        label < 2,
                        ratio.maxNumber().doubleValue() - ratio.minNumber().doubleValue() < 1e-5);
            }
        }
    }

    @Test
    void whatDoesNotGoTogetherIsSaid() {
        DrawnPictures pictures = TinyTraining.PICTURES;
        TrainingPlan plan = TinyTraining.plan(8).build();
        DiffusersModel model = TinyTraining.model(pictures);
        for (DrawnPictures other : List.of(DrawnPictures.of(4, 16), pictures.withClasses(2))) {
            Diffusion4jException e = assertThrows(
                    Diffusion4jException.class, () -> new DiffusionTrainer(model, other, plan, EngineKind.AUTO, 1));
            assertTrue(e.getMessage().startsWith("training: expected "), e.getMessage());
            assertFalse(e.getMessage().contains("\n"));
        }
    }

    @Test
    void aSchedulerThatNoStepCanBeTakenByIsNamed() {
        DiffusersModel model = TinyTraining.model(TinyTraining.PICTURES);
        TrainingPlan plan = TinyTraining.plan(8).build();
        assertEquals(
                "training: expected a scheduler with a table of betas, as the noise of a training step is one of its, found"
                        + " EDMEulerScheduler",
                refusal(model.withScheduler(new EdmEulerConfig()), plan));
        TrainingPlan ofSamples =
                TinyTraining.plan(8).prediction(Prediction.SAMPLE).build();
        String message = refusal(model.withScheduler(new PndmConfig()), ofSamples);
        assertTrue(message.startsWith("training: prediction_type: expected "), message);
    }

    private static String refusal(DiffusersModel model, TrainingPlan plan) {
        return assertThrows(
                        Diffusion4jException.class,
                        () -> new DiffusionTrainer(model, TinyTraining.PICTURES, plan, EngineKind.AUTO, 1))
                .getMessage();
    }

    @Test
    void aStepThatIsStoppedBetweenItsBatchesIsTakenAnewWithTheSameBits() {
        TrainingPlan plan = TinyTraining.plan(10).accumulation(4).build();
        DiffusersModel model = TinyTraining.model(TinyTraining.PICTURES);
        try (DiffusionTrainer whole = new DiffusionTrainer(model, TinyTraining.PICTURES, plan, EngineKind.AUTO, 2);
                DiffusionTrainer stopped =
                        new DiffusionTrainer(model, TinyTraining.PICTURES, plan, EngineKind.AUTO, 2)) {
            for (int step = 0; step < 3; step++) {
                int[] asked = {0};
                int until = step + 1;
                assertNull(stopped.step(() -> ++asked[0] == until));
                assertEquals(until, asked[0], "it ends with the batch that it is at");
                assertEquals(step, stopped.steps());
                assertEquals(whole.step(), stopped.step());
            }
            assertEquals(whole.state(), stopped.state());
        }
    }
}
