package org.diffusion4j.training.nd4j;

import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.BatchNumbers;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.training.DiffusionLoss;
import org.diffusion4j.training.DiffusionTrainer;
import org.diffusion4j.training.LossWeighting;
import org.diffusion4j.training.NoisyBatch;
import org.diffusion4j.training.NoisyBatches;
import org.diffusion4j.training.TrainingChecks;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.zoo.PackedZooModel;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Pictures with noise as ND4J's {@code fit} takes them, the same numbers in the same order as {@link DiffusionTrainer}
 * learns from. Features are {@code sample} [N, C, H, W], {@code timestep}, {@code class_labels} where the network has
 * classes and {@code dropout_seed} where it drops; the label is what the network should predict, [N, C, H, W]. Where the
 * plan weighs images, the label's mask is their weights, [N, 1].
 *
 * <p>Of the plan it is batch size, prediction, weighting, label dropout and seed that count here, and the number of steps:
 * after so many batches (times the plan's accumulation) there are no more. An epoch is as many batches as fit into the
 * pictures, at least one; the last may be shorter. {@link #reset} begins another epoch and goes on with the batch after the
 * last that was given. For one thread at a time.
 */
public final class DiffusionDataSetIterator implements MultiDataSetIterator, AutoCloseable {
    private static final long serialVersionUID = 1L;

    private final transient DiffusersModel model;
    private final transient PictureSource pictures;
    private final transient TrainingPlan plan;
    private final transient DiffusionLoss loss;
    private final transient List<String> features;
    private final boolean columns;
    private final long batchesInAll;
    private final int batchesInEpoch;
    private long given;
    private long givenInEpoch;
    private transient MultiDataSetPreProcessor preProcessor;
    private transient NoisyBatches batches;

    private DiffusionDataSetIterator(
            DiffusersModel model, PictureSource pictures, TrainingPlan plan, boolean columns, int longestEpoch) {
        TrainingChecks.check(model, pictures, plan);
        this.model = model;
        this.pictures = pictures;
        this.plan = plan;
        this.columns = columns;
        this.loss = DiffusionLoss.of(plan.predicting(model).scheduler(), plan.weighting());
        this.features = new ArrayList<>(List.of(UNetGraph.SAMPLE, UNetGraph.TIMESTEP));
        if (model.config().wantsClassLabels()) {
            features.add(UNetGraph.CLASS_LABELS);
        }
        if (model.config().dropout() > 0) {
            features.add(UNetGraph.DROPOUT_SEED);
        }
        this.batchesInAll = Math.multiplyExact(plan.steps(), plan.accumulation());
        this.batchesInEpoch = Math.min(longestEpoch, Math.max(1, pictures.size() / plan.batchSize()));
    }

    /**
     * Batches for the placeholders of {@link UNetGraph}: timesteps [N] in float32, labels [N] in int64, seeds [N] in
     * float32.
     *
     * @param model the model to train, with a scheduler
     * @param pictures the pictures to learn, which have the model's size and channels
     * @param plan how it is trained
     * @return an iterator, which the caller closes
     * @throws Diffusion4jException if model and pictures don't go together
     */
    public static DiffusionDataSetIterator forSameDiff(
            DiffusersModel model, PictureSource pictures, TrainingPlan plan) {
        return forSameDiff(model, pictures, plan, Integer.MAX_VALUE);
    }

    /** The same, with a limit on the number of batches per epoch. */
    static DiffusionDataSetIterator forSameDiff(
            DiffusersModel model, PictureSource pictures, TrainingPlan plan, int longestEpoch) {
        return new DiffusionDataSetIterator(model, pictures, plan, false, longestEpoch);
    }

    /**
     * Batches for the ComputationGraph of a zoo entry: timesteps and labels [N, 1] in float32. Its score is H·W times the
     * loss that {@link DiffusionTrainer} tells, as Deeplearning4j's loss for images sums over pixels.
     *
     * @param entry whose {@code init()} or {@code initPretrained} gave the graph
     * @param pictures what it learns; of the entry's size and channels
     * @param plan how it is trained; with the simple weighting, and without another prediction than the entry's, which
     *     would get lost
     * @return an iterator, which the caller closes
     * @throws Diffusion4jException if entry, pictures and plan don't go together
     */
    public static DiffusionDataSetIterator forComputationGraph(
            PackedZooModel entry, PictureSource pictures, TrainingPlan plan) {
        DiffusersModel model = entry.model().withConfig(entry.config());
        if (plan.prediction() != null && plan.prediction() != model.scheduler().predictionType()) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "prediction: expected %s's own, %s, found %s",
                    entry.modelName(),
                    model.scheduler().predictionType(),
                    plan.prediction()));
        }
        if (!(plan.weighting() instanceof LossWeighting.Simple)) {
            // With one channel it multiplies the gradient by the label's mask twice, which is right for zeros and ones.
            throw new Diffusion4jException(
                    "weighting: expected the simple one in a ComputationGraph, found " + plan.weighting());
        }
        if (model.config().dropout() > 0) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "dropout: expected none in a ComputationGraph, found %s in %s",
                    model.config().dropout(),
                    entry.modelName()));
        }
        return new DiffusionDataSetIterator(model, pictures, plan, true, Integer.MAX_VALUE);
    }

    /**
     * The inputs that the features are for, in their order.
     *
     * @return names of {@link UNetGraph}'s placeholders
     */
    public List<String> featureNames() {
        return List.copyOf(features);
    }

    /**
     * How many epochs the steps are that are left, from a reset on: what to ask {@code fit} for.
     *
     * @return from 0; the last may be a part of one
     */
    public int epochsLeft() {
        return Math.toIntExact((batchesInAll - given + batchesInEpoch - 1) / batchesInEpoch);
    }

    int batchesInEpoch() {
        return batchesInEpoch;
    }

    @Override
    public boolean hasNext() {
        return givenInEpoch < batchesInEpoch && given < batchesInAll;
    }

    /**
     * The next batch.
     *
     * @return arrays that belong to the caller
     * @throws NoSuchElementException if the epoch is at its end
     * @throws Diffusion4jException if a picture can't be read
     */
    @Override
    public MultiDataSet next() {
        if (!hasNext()) {
            throw new NoSuchElementException(String.format(
                    Locale.ROOT,
                    "batches: expected a reset after the %d of an epoch, and none after the %d in all",
                    batchesInEpoch,
                    batchesInAll));
        }
        if (batches == null) {
            batches = NoisyBatches.of(model, pictures, plan, loss, BatchNumbers.from(given));
        }
        MultiDataSet dataSet = dataSet(batches.next());
        given++;
        givenInEpoch++;
        if (preProcessor != null) {
            preProcessor.preProcess(dataSet);
        }
        return dataSet;
    }

    private MultiDataSet dataSet(NoisyBatch batch) {
        INDArray[] inputs = features.stream()
                .map(name -> switch (name) {
                    case UNetGraph.SAMPLE -> batch.noisy();
                    case UNetGraph.TIMESTEP ->
                        vector(Nd4j.createFromArray(batch.timesteps()).castTo(DataType.FLOAT));
                    default -> vector(batch.conditioning().get(name));
                })
                .toArray(INDArray[]::new);
        INDArray[] masks = plan.weighting() instanceof LossWeighting.Simple
                ? null
                : new INDArray[] {
                    Nd4j.createFromArray(loss.weights(batch.timesteps()))
                            .castTo(DataType.FLOAT)
                            .reshape(-1, 1)
                };
        return new MultiDataSet(inputs, new INDArray[] {batch.target()}, null, masks);
    }

    private INDArray vector(INDArray onePerImage) {
        return columns ? onePerImage.castTo(DataType.FLOAT).reshape(-1, 1) : onePerImage;
    }

    @Override
    public MultiDataSet next(int num) {
        if (num != plan.batchSize()) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "batch: expected the plan's size, %d, found %d", plan.batchSize(), num));
        }
        return next();
    }

    @Override
    public void setPreProcessor(MultiDataSetPreProcessor preProcessor) {
        this.preProcessor = preProcessor;
    }

    @Override
    public MultiDataSetPreProcessor getPreProcessor() {
        return preProcessor;
    }

    @Override
    public boolean resetSupported() {
        return true;
    }

    /**
     * No: batches are made ahead as it is.
     *
     * @return false
     */
    @Override
    public boolean asyncSupported() {
        return false;
    }

    /** Begins another epoch, with the batch after the last that was given. */
    @Override
    public void reset() {
        givenInEpoch = 0;
    }

    // ND4J's interface is Serializable; pictures are not.
    private void writeObject(ObjectOutputStream stream) throws NotSerializableException {
        throw new NotSerializableException(getClass().getName());
    }

    /** Ends the threads that make batches. Batches that were given stay valid. */
    @Override
    public void close() {
        if (batches != null) {
            batches.close();
            batches = null;
        }
    }
}
