package org.diffusion4j.training;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.BatchNumbers;
import org.diffusion4j.data.BatchStream;
import org.diffusion4j.data.PictureBatch;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.nd4j.common.util.ArrayUtil;
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

    private final BatchStream pictures;
    private final long seed;
    private final double noiseOffset;
    private final DiffusionLoss loss;
    private final BatchRecipe recipe;
    private final BlockingQueue<Prepared> ready = new LinkedBlockingQueue<>(READY);
    private final Thread maker;

    /** A batch, or the reason why there are no more. */
    private record Prepared(NoisyBatch batch, Throwable failure) {}

    /**
     * Begins to make batches.
     *
     * @param pictures the pictures of the batches of these numbers
     * @param plan its seed and its noise offset
     * @param loss the noise schedule, and what the network predicts
     * @param recipe what the network gets of the pictures
     * @param numbers which batches
     */
    public NoisyBatches(
            BatchStream pictures, TrainingPlan plan, DiffusionLoss loss, BatchRecipe recipe, BatchNumbers numbers) {
        this(pictures, plan, plan.seed(), loss, recipe, numbers);
    }

    /**
     * Begins to make batches whose noise isn't that of the plan's own.
     *
     * @param pictures the pictures of the batches of these numbers
     * @param plan its noise offset
     * @param seed of noise, timesteps, dropped labels and dropout
     * @param loss the noise schedule, and what the network predicts
     * @param recipe what the network gets of the pictures
     * @param numbers which batches
     */
    public NoisyBatches(
            BatchStream pictures,
            TrainingPlan plan,
            long seed,
            DiffusionLoss loss,
            BatchRecipe recipe,
            BatchNumbers numbers) {
        this.pictures = pictures;
        this.seed = seed;
        this.noiseOffset = plan.noiseOffset();
        this.loss = loss;
        this.recipe = recipe;
        this.maker = new Thread(() -> make(numbers), "diffusion4j-noise");
        maker.setDaemon(true);
        maker.start();
    }

    /**
     * Begins to make batches for a network that draws pictures of classes, or any pictures.
     *
     * @param model the network, with the label that stands for none
     * @param source the pictures
     * @param plan how many are in a batch, seed and label dropout
     * @param loss the noise schedule, and what the network predicts
     * @param numbers which batches
     * @return the batches
     */
    public static NoisyBatches of(
            DiffusersModel model, PictureSource source, TrainingPlan plan, DiffusionLoss loss, BatchNumbers numbers) {
        return new NoisyBatches(
                source.batches(plan.batchSize(), plan.seed(), numbers), plan, loss, recipe(model, plan), numbers);
    }

    /**
     * What a network that draws pictures of classes, or any pictures, gets of a batch.
     *
     * @param model the network, with the label that stands for none
     * @param plan its label dropout
     * @return the recipe
     */
    public static BatchRecipe recipe(DiffusersModel model, TrainingPlan plan) {
        return new ClassRecipe(
                model.config(), plan.labelDropout(), model.settings().nullClass());
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
        SplittableRandom random = new SplittableRandom(new SplittableRandom(seed).nextLong() + index);
        INDArray clean = recipe.clean(batch, random);
        long[] timesteps = recipe.timesteps((int) clean.size(0), loss.schedule().length(), random);
        INDArray noise = noise(random, clean.shape());
        Map<String, INDArray> conditioning = recipe.conditioning(batch, random);
        INDArray noisy = loss.schedule().addNoise(clean, noise, timesteps);
        INDArray taught = recipe.target(noisy, timesteps, conditioning);
        INDArray target = taught != null ? taught : loss.target(clean, noise, timesteps);
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

    private INDArray noise(SplittableRandom random, long[] shape) {
        float[] values = new float[Math.toIntExact(ArrayUtil.prodLong(shape))];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        if (noiseOffset > 0) {
            addOffset(values, random, shape[0] * shape[1]);
        }
        return Nd4j.create(values, shape, 'c');
    }

    /** The same number for all of a channel, so that the network learns to change how bright a picture is. */
    private void addOffset(float[] values, SplittableRandom random, long channels) {
        int pixels = Math.toIntExact(values.length / channels);
        for (int channel = 0; channel < channels; channel++) {
            float offset = (float) (noiseOffset * random.nextGaussian());
            for (int i = channel * pixels; i < (channel + 1) * pixels; i++) {
                values[i] += offset;
            }
        }
    }

    /** Whatever interrupts this: what the thread computes with is closed afterwards. */
    private void joinMaker() {
        boolean interrupted = false;
        while (maker.isAlive()) {
            try {
                maker.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the thread, closes the pictures and frees the batches that nobody took. */
    @Override
    public void close() {
        maker.interrupt();
        joinMaker();
        pictures.close();
        recipe.close();
        for (Prepared made : ready) {
            if (made.batch != null) {
                made.batch.close();
            }
        }
    }
}
