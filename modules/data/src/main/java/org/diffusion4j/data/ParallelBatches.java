package org.diffusion4j.data;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.diffusion4j.Diffusion4jException;
import org.nd4j.linalg.factory.Nd4j;

/** Batches of {@link Drawings}, each made by one thread, a few batches ahead of the reader. */
final class ParallelBatches implements BatchStream {
    private static final long AHEAD_BYTES = 1 << 28;

    private final PictureSource source;
    private final Drawings drawings;
    private final int batchSize;
    private final long seed;
    private final ExecutorService threads;
    private final Deque<Future<PictureBatch>> ahead = new ArrayDeque<>();
    private final BatchNumbers numbers;
    /** How many batches were given to threads. */
    private long submitted;

    private long epoch = -1;
    private int[] order;
    private boolean closed;

    ParallelBatches(
            PictureSource source, Drawings drawings, int threads, int batchSize, long seed, BatchNumbers numbers) {
        if (batchSize < 1) {
            throw new IllegalArgumentException("expected a batch size of at least 1, found " + batchSize);
        }
        long values = (long) batchSize * source.channels() * source.height() * source.width();
        if (values > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("expected a batch of less than 2^31 values, found " + values);
        }
        this.source = source;
        this.drawings = drawings;
        this.batchSize = batchSize;
        this.seed = seed;
        this.numbers = numbers;
        this.threads = Executors.newFixedThreadPool(threads, PictureThread::new);
        // One batch per thread and one that is ready, as far as memory allows.
        long most = Math.max(2, Math.min(threads + 1, AHEAD_BYTES / (values * Float.BYTES)));
        for (int i = 0; i < most; i++) {
            submit();
        }
    }

    private void submit() {
        int[] pictures = new int[batchSize];
        long[] randoms = new long[batchSize];
        // The picture, counted from the first one of the run.
        long position = Math.multiplyExact(numbers.at(submitted++), batchSize);
        for (int i = 0; i < batchSize; i++, position++) {
            if (position / source.size() != epoch) {
                epoch = position / source.size();
                order = Shuffle.permutation(source.size(), seed, epoch);
            }
            pictures[i] = order[(int) (position % source.size())];
            randoms[i] = Shuffle.hash(seed, epoch, pictures[i]);
        }
        ahead.add(threads.submit(() -> batch(pictures, randoms)));
    }

    private PictureBatch batch(int[] pictures, long[] randoms) {
        int picture = source.channels() * source.height() * source.width();
        float[] values = new float[batchSize * picture];
        for (int i = 0; i < batchSize; i++) {
            drawings.draw(pictures[i], randoms[i], values, i * picture);
        }
        long[] labels = Arrays.stream(pictures).mapToLong(drawings::label).toArray();
        List<String> names = Arrays.stream(pictures).mapToObj(drawings::name).toList();
        return new PictureBatch(
                Nd4j.createFromArray(values).reshape(batchSize, source.channels(), source.height(), source.width()),
                source.classNames().isEmpty() ? null : Nd4j.createFromArray(labels),
                names);
    }

    @Override
    public PictureBatch next() {
        if (closed) {
            throw new IllegalStateException("the stream of batches is closed");
        }
        submit();
        try {
            return ahead.remove().get();
        } catch (ExecutionException e) {
            close();
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            if (e.getCause() instanceof Diffusion4jException told) {
                throw new Diffusion4jException(told.getMessage(), told);
            }
            throw new IllegalStateException("a batch could not be made", e.getCause());
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new Diffusion4jException("interrupted while waiting for pictures", e);
        }
    }

    @Override
    public void close() {
        closed = true;
        // Batches that are being made are finished and left to the garbage collector; others aren't begun any more.
        threads.shutdown();
        ahead.forEach(batch -> batch.cancel(false));
        ahead.clear();
    }
}
