package org.diffusion4j.training;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.BatchNumbers;
import org.diffusion4j.data.BatchStream;
import org.diffusion4j.data.PictureBatch;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Batches with noise, which a separate thread makes while the network runs. Everything random in batch k (timesteps, noise,
 * dropped labels and dropout's seeds) depends only on the seed and k, so a run that continues from batch k needs no other
 * state.
 */
public final class NoisyBatches implements AutoCloseable {
    /** The number of batches that are ready, besides the one in use and the one that is being made. */
    private static final int READY = 2;
    /** Below this, dropout's seeds are exact in float32. */
    private static final int DROPOUT_SEEDS = 1 << 24;

    private final BatchStream pictures;
    private final TrainingPlan plan;
    private final UNetConfig config;
    private final DiffusionLoss loss;
    private final Integer nullClass;
    private final BlockingQueue<Prepared> ready = new LinkedBlockingQueue<>(READY);
    private final Thread maker;

    /** A batch, or the reason why there are no more. */
    private record Prepared(NoisyBatch batch, Throwable failure) {}

    /**
     * Begins to make batches.
     *
     * @param pictures the pictures of the batches of these numbers
     * @param plan seed and label dropout
     * @param config says which inputs the network takes
     * @param loss the noise schedule, and what the network predicts
     * @param nullClass the label that stands for none; null if there is no such label
     * @param numbers which batches
     */
    public NoisyBatches(
            BatchStream pictures,
            TrainingPlan plan,
            UNetConfig config,
            DiffusionLoss loss,
            Integer nullClass,
            BatchNumbers numbers) {
        this.pictures = pictures;
        this.plan = plan;
        this.config = config;
        this.loss = loss;
        this.nullClass = nullClass;
        this.maker = new Thread(() -> make(numbers), "diffusion4j-noise");
        maker.setDaemon(true);
        maker.start();
    }

    /**
     * Waits for the next batch.
     *
     * @return the batch, which the caller closes
     * @throws Diffusion4jException if a picture can't be read, or a label isn't one of the model's
     */
    public NoisyBatch next() {
        try {
            Prepared made = ready.take();
            if (made.failure == null) {
                return made.batch;
            }
            ready.offer(made); // for further calls
            throw made.failure instanceof Diffusion4jException known
                    ? known
                    : new IllegalStateException("no more batches", made.failure);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for pictures", e);
        }
    }

    private void make(BatchNumbers numbers) {
        try {
            try {
                for (long index = 0; ; index++) {
                    ready.put(new Prepared(noisy(pictures.next(), numbers.at(index)), null));
                }
            } catch (RuntimeException | Error e) {
                ready.put(new Prepared(null, e));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed
        }
    }

    private NoisyBatch noisy(PictureBatch batch, long index) {
        SplittableRandom random = new SplittableRandom(new SplittableRandom(plan.seed()).nextLong() + index);
        INDArray clean = batch.sample();
        long[] timesteps =
                random.longs(clean.size(0), 0, loss.schedule().length()).toArray();
        INDArray noise = noise(random, clean.shape());
        Map<String, INDArray> conditioning = new HashMap<>();
        if (config.wantsClassLabels()) {
            conditioning.put(UNetGraph.CLASS_LABELS, labels(batch, random));
        }
        if (config.dropout() > 0) {
            float[] seeds = new float[timesteps.length];
            for (int image = 0; image < seeds.length; image++) {
                seeds[image] = random.nextInt(DROPOUT_SEEDS);
            }
            conditioning.put(UNetGraph.DROPOUT_SEED, Nd4j.createFromArray(seeds));
        }
        INDArray noisy = loss.schedule().addNoise(clean, noise, timesteps);
        INDArray target = loss.target(clean, noise, timesteps);
        for (INDArray used : List.of(clean, noise)) {
            if (used != target) {
                used.close();
            }
        }
        if (batch.labels() != null) {
            batch.labels().close();
        }
        return new NoisyBatch(noisy, timesteps, conditioning, target, batch.names());
    }

    private INDArray labels(PictureBatch batch, SplittableRandom random) {
        long[] labels = new long[Math.toIntExact(batch.sample().size(0))];
        for (int image = 0; image < labels.length; image++) {
            // This is drawn even if it isn't used, so that labels don't change the noise.
            boolean dropped = random.nextDouble() < plan.labelDropout();
            labels[image] = batch.labels() == null || dropped ? nullClass : label(batch, image);
        }
        return Nd4j.createFromArray(labels);
    }

    /** Refuses a label without a row in the model's table, which would give a row of zeros. */
    private long label(PictureBatch batch, int image) {
        double label = batch.labels().getDouble(image);
        Integer classes = config.numClassEmbeds();
        if (classes != null && !(label >= 0 && label < classes && label == Math.rint(label))) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "%s: expected a label from 0 to %d, found %s",
                    batch.names().get(image),
                    classes - 1,
                    label));
        }
        return (long) label;
    }

    private static INDArray noise(SplittableRandom random, long[] shape) {
        int length = 1;
        for (long dimension : shape) {
            length = Math.multiplyExact(length, Math.toIntExact(dimension));
        }
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Nd4j.create(values, shape, 'c');
    }

    /** Ends the thread, closes the pictures and frees the batches that nobody took. */
    @Override
    public void close() {
        maker.interrupt();
        try {
            maker.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        pictures.close();
        for (Prepared made : ready) {
            if (made.batch != null) {
                made.batch.close();
            }
        }
    }
}
