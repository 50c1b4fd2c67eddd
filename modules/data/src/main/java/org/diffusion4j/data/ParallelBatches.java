package org.diffusion4j.data;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.diffusion4j.Diffusion4jException;
import org.nd4j.linalg.factory.Nd4j;

/** Batches of {@link Drawings}, each of one bucket and made by one thread, a few batches ahead of the reader. */
final class ParallelBatches implements BatchStream {
    private static final long AHEAD_BYTES = 1 << 28;

    private final List<Bucket> buckets;
    private final BucketOrder bucketOrder;
    private final int batchSize;
    private final ExecutorService threads;
    private final Deque<Future<PictureBatch>> ahead = new ArrayDeque<>();
    private final BatchNumbers numbers;
    /** How many batches were given to threads. */
    private long submitted;

    private boolean closed;

    /**
     * Pictures of one size.
     *
     * @param source says how many there are and of which size
     * @param drawings draws them
     */
    record Part(PictureSource source, Drawings drawings) {
        int values() {
            return source.channels() * source.height() * source.width();
        }
    }

    /** A part, and the order of its pictures in the epoch that it is at. */
    private static final class Bucket {
        private final Part part;
        private final long seed;
        private long epoch = -1;
        private int[] order;

        Bucket(Part part, long seed) {
            this.part = part;
            this.seed = seed;
        }

        /**
         * @param position the picture, counted from the first one of the run
         * @param pictures gets the picture's number
         * @param randoms gets what decides everything that is random about it
         */
        void put(long position, int[] pictures, long[] randoms, int index) {
            int size = part.source.size();
            if (position / size != epoch) {
                epoch = position / size;
                order = Shuffle.permutation(size, seed, epoch);
            }
            pictures[index] = order[(int) (position % size)];
            randoms[index] = Shuffle.hash(seed, epoch, pictures[index]);
        }
    }

    /**
     * @param parts of one bucket each, at least one
     * @param threads how many make batches
     * @param batchSize at least 1
     * @param seed decides everything random
     * @param numbers which batches
     */
    ParallelBatches(List<Part> parts, int threads, int batchSize, long seed, BatchNumbers numbers) {
        if (batchSize < 1) {
            throw new IllegalArgumentException("expected a batch size of at least 1, found " + batchSize);
        }
        long values = batchSize * parts.stream().mapToLong(Part::values).max().orElseThrow();
        if (values > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("expected a batch of less than 2^31 values, found " + values);
        }
        List<Bucket> all = new ArrayList<>();
        for (Part part : parts) {
            // One bucket has the run's own seed; several have each another, else pictures of a number would be flipped
            // alike.
            all.add(new Bucket(part, parts.size() == 1 ? seed : Shuffle.hash(seed, -1, all.size() + 1L)));
        }
        this.buckets = all;
        this.bucketOrder =
                new BucketOrder(parts.stream().map(part -> part.source.size()).toList(), batchSize, seed);
        this.batchSize = batchSize;
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
        BucketOrder.Place place = bucketOrder.at(numbers.at(submitted++));
        Bucket bucket = buckets.get(place.bucket());
        long position = Math.multiplyExact(place.number(), batchSize);
        for (int i = 0; i < batchSize; i++) {
            bucket.put(position + i, pictures, randoms, i);
        }
        ahead.add(threads.submit(() -> batch(bucket.part, pictures, randoms)));
    }

    private PictureBatch batch(Part part, int[] pictures, long[] randoms) {
        PictureSource source = part.source;
        Drawings drawings = part.drawings;
        int picture = part.values();
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
