package org.diffusion4j.training.nd4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.BatchNumbers;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.graph.UNetPreset;
import org.diffusion4j.training.BarPictures;
import org.diffusion4j.training.DiffusionLoss;
import org.diffusion4j.training.LossWeighting;
import org.diffusion4j.training.NoisyBatch;
import org.diffusion4j.training.NoisyBatches;
import org.diffusion4j.training.StartingModel;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.zoo.DdpmMnist;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

class DiffusionDataSetIteratorTest {
    private static final BarPictures PICTURES = new BarPictures(7, 3, 8, 8, List.of("lying", "standing"));

    private static DiffusersModel model(double dropout) {
        return StartingModel.scratch(
                        UNetPreset.TINY.config().toBuilder().dropout(dropout).build(), new DdpmConfig(), PICTURES, 3)
                .model();
    }

    private static List<MultiDataSet> epoch(DiffusionDataSetIterator batches) {
        List<MultiDataSet> all = new ArrayList<>();
        batches.forEachRemaining(all::add);
        return all;
    }

    @Test
    void givesWhatTheTrainerLearnsFromInUNetGraphsShapes() {
        TrainingPlan plan = TrainingPlan.builder().batchSize(3).seed(5).build();
        DiffusersModel model = model(0.1);
        try (DiffusionDataSetIterator batches = DiffusionDataSetIterator.forSameDiff(model, PICTURES, plan);
                NoisyBatches expected = NoisyBatches.of(
                        model,
                        PICTURES,
                        plan,
                        DiffusionLoss.of(model.scheduler(), plan.weighting()),
                        BatchNumbers.from(0))) {
            assertEquals(List.of("sample", "timestep", "class_labels", "dropout_seed"), batches.featureNames());
            for (int i = 0; i < 2; i++) {
                MultiDataSet found = batches.next();
                try (NoisyBatch batch = expected.next()) {
                    assertEquals(batch.noisy(), found.getFeatures(0));
                    assertArrayEquals(batch.timesteps(), found.getFeatures(1).toLongVector());
                    assertEquals(DataType.FLOAT, found.getFeatures(1).dataType());
                    assertEquals(batch.conditioning().get("class_labels"), found.getFeatures(2));
                    assertEquals(DataType.INT64, found.getFeatures(2).dataType());
                    assertEquals(batch.conditioning().get("dropout_seed"), found.getFeatures(3));
                    assertEquals(batch.target(), found.getLabels(0));
                    assertNull(found.getLabelsMaskArrays());
                }
            }
        }
    }

    @Test
    void epochsFollowOneAnotherUntilThePlansStepsAreDone() {
        TrainingPlan plan = TrainingPlan.builder().batchSize(3).steps(5).seed(1).build();
        TrainingPlan inOne = TrainingPlan.builder()
                .batchSize(3)
                .steps(2)
                .accumulation(2)
                .seed(1)
                .build();
        DiffusersModel model = model(0);
        try (DiffusionDataSetIterator batches = DiffusionDataSetIterator.forSameDiff(model, PICTURES, plan);
                DiffusionDataSetIterator again = DiffusionDataSetIterator.forSameDiff(model, PICTURES, inOne)) {
            assertEquals(3, batches.epochsLeft());
            List<MultiDataSet> first = epoch(batches);
            assertEquals(2, first.size(), "7 pictures are two batches of 3");
            assertThrows(NoSuchElementException.class, batches::next);
            batches.reset();
            batches.reset();
            List<MultiDataSet> second = epoch(batches);
            assertEquals(2, second.size());
            batches.reset();
            assertEquals(1, epoch(batches).size());
            batches.reset();
            assertFalse(batches.hasNext());
            assertEquals(0, batches.epochsLeft());

            assertEquals(2, again.epochsLeft(), "2 steps of 2 batches");
            again.next();
            again.reset(); // goes on, and gives nothing twice
            assertEquals(first.get(1).getFeatures(0), again.next().getFeatures(0));
            assertEquals(second.get(0).getFeatures(0), again.next(3).getFeatures(0));
        }
    }

    @Test
    void fewPicturesAreStillABatch() {
        TrainingPlan plan = TrainingPlan.builder().batchSize(16).steps(2).build();
        try (DiffusionDataSetIterator batches = DiffusionDataSetIterator.forSameDiff(model(0), PICTURES, plan)) {
            assertEquals(2, batches.epochsLeft());
            assertEquals(16, batches.next().getFeatures(0).size(0));
            assertFalse(batches.hasNext());
        }
    }

    @Test
    void weightsOfImagesAreTheLabelsMask() {
        TrainingPlan plan = TrainingPlan.builder()
                .batchSize(4)
                .weighting(LossWeighting.minSnr(5))
                .prediction(Prediction.V_PREDICTION)
                .build();
        DiffusersModel model = model(0);
        DiffusionLoss loss = DiffusionLoss.of(plan.predicting(model).scheduler(), plan.weighting());
        assertEquals(Prediction.V_PREDICTION, loss.prediction());
        try (DiffusionDataSetIterator batches = DiffusionDataSetIterator.forSameDiff(model, PICTURES, plan)) {
            MultiDataSet batch = batches.next();
            INDArray weights = batch.getLabelsMaskArray(0);
            assertArrayEquals(new long[] {4, 1}, weights.shape());
            assertArrayEquals(
                    loss.weights(batch.getFeatures(1).toLongVector()),
                    weights.reshape(4).toDoubleVector(),
                    1e-6);
        }
    }

    @Test
    void aComputationGraphGetsColumns() {
        DdpmMnist entry = DdpmMnist.builder().inputShape(1, 8, 8).build();
        BarPictures grey = new BarPictures(6, 1, 8, 8, List.of());
        TrainingPlan plan = TrainingPlan.builder().batchSize(3).build();
        try (DiffusionDataSetIterator batches = DiffusionDataSetIterator.forComputationGraph(entry, grey, plan)) {
            MultiDataSet batch = batches.next();
            assertArrayEquals(new long[] {3, 1, 8, 8}, batch.getFeatures(0).shape());
            for (int input = 1; input < 3; input++) {
                assertArrayEquals(new long[] {3, 1}, batch.getFeatures(input).shape());
                assertEquals(DataType.FLOAT, batch.getFeatures(input).dataType());
            }
            assertEquals(30, batch.getFeatures(2).sumNumber().intValue(), "three times the class for none");
        }
    }

    @Test
    void preprocessorsAreHeeded() {
        try (DiffusionDataSetIterator batches = DiffusionDataSetIterator.forSameDiff(
                model(0), PICTURES, TrainingPlan.builder().build())) {
            batches.setPreProcessor(batch -> batch.getLabels(0).assign(7));
            assertEquals(7, batches.next().getLabels(0).meanNumber().doubleValue());
        }
    }

    @Test
    void refusesWhatDoesntGoTogether() {
        DdpmMnist entry = DdpmMnist.builder().inputShape(1, 8, 8).build();
        BarPictures grey = new BarPictures(6, 1, 8, 8, List.of());
        TrainingPlan plan = TrainingPlan.builder()
                .batchSize(3)
                .prediction(Prediction.SAMPLE)
                .build();
        assertEquals(
                "prediction: expected ddpm-mnist's own, EPSILON, found SAMPLE",
                assertThrows(
                                Diffusion4jException.class,
                                () -> DiffusionDataSetIterator.forComputationGraph(entry, grey, plan))
                        .getMessage());
        TrainingPlan weighing =
                TrainingPlan.builder().weighting(LossWeighting.minSnr(5)).build();
        assertEquals(
                "weighting: expected the simple one in a ComputationGraph, found MinSnr[gamma=5.0]",
                assertThrows(
                                Diffusion4jException.class,
                                () -> DiffusionDataSetIterator.forComputationGraph(entry, grey, weighing))
                        .getMessage());
        assertTrue(assertThrows(
                        Diffusion4jException.class, () -> DiffusionDataSetIterator.forSameDiff(model(0), grey, plan))
                .getMessage()
                .contains("3 channels"));
        try (DiffusionDataSetIterator batches = DiffusionDataSetIterator.forSameDiff(model(0), PICTURES, plan)) {
            assertThrows(IllegalArgumentException.class, () -> batches.next(2));
            assertThrows(NotSerializableException.class, () -> new ObjectOutputStream(new ByteArrayOutputStream())
                    .writeObject(batches));
        }
    }
}
