package org.diffusion4j.training.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.diffusion4j.data.BatchStream;
import org.diffusion4j.data.PictureBatch;
import org.diffusion4j.data.PictureSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** The pictures of a source whose names are wanted. The others are read and dropped. */
final class PictureSubset implements PictureSource {
    private static final int BATCH = 100;
    private static final long SEED = 0;

    private final PictureSource source;
    private final Predicate<String> wanted;
    private final int size;

    private PictureSubset(PictureSource source, Predicate<String> wanted, int size) {
        this.source = source;
        this.wanted = wanted;
        this.size = size;
    }

    static PictureSubset of(PictureSource source, Predicate<String> wanted) {
        int[] size = new int[1];
        firstEpoch(
                source,
                source.size(),
                batch -> size[0] += (int) batch.names().stream().filter(wanted).count());
        if (size[0] == 0) {
            throw new IllegalArgumentException("pictures: expected at least one that is wanted, found none");
        }
        return new PictureSubset(source, wanted, size[0]);
    }

    /**
     * Gives the pictures of one epoch, each once, always in the same order.
     *
     * @param count the number of pictures, at most as many as there are
     * @param consumer gets the batches, which are closed afterwards; the last may be smaller
     */
    static void firstEpoch(PictureSource pictures, int count, Consumer<PictureBatch> consumer) {
        int batchSize = Math.min(BATCH, count);
        try (BatchStream batches = pictures.batches(batchSize, SEED, 0)) {
            for (int left = count; left > 0; left -= batchSize) {
                PictureBatch batch = batches.next();
                consumer.accept(left >= batchSize ? batch : rows(batch, left));
                close(batch);
            }
        }
    }

    /** The first rows, as views. */
    private static PictureBatch rows(PictureBatch batch, int count) {
        return new PictureBatch(
                batch.sample().get(NDArrayIndex.interval(0, count)),
                batch.labels() == null ? null : batch.labels().get(NDArrayIndex.interval(0, count)),
                batch.names().subList(0, count));
    }

    private static void close(PictureBatch batch) {
        batch.sample().close();
        if (batch.labels() != null) {
            batch.labels().close();
        }
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public int channels() {
        return source.channels();
    }

    @Override
    public int height() {
        return source.height();
    }

    @Override
    public int width() {
        return source.width();
    }

    @Override
    public List<String> classNames() {
        return source.classNames();
    }

    @Override
    public BatchStream batches(int batchSize, long seed, long first) {
        return new Filtered(batchSize, seed, Math.multiplyExact(first, batchSize));
    }

    /** A source's batches without the pictures that aren't wanted. */
    private final class Filtered implements BatchStream {
        private final int batchSize;
        private final BatchStream batches;
        private PictureBatch batch;
        private int row;

        /** @param skipped the number of wanted pictures to skip */
        Filtered(int batchSize, long seed, long skipped) {
            this.batchSize = batchSize;
            // Every epoch has all pictures once, so whole epochs are skipped at once, and the rest is read.
            long start = skipped / size * source.size();
            batches = source.batches(batchSize, seed, start / batchSize);
            batch = batches.next();
            row = (int) (start % batchSize);
            for (long i = skipped % size; i > 0; i--) {
                advance();
                row++;
            }
        }

        /** Moves to the next wanted picture. */
        private void advance() {
            while (true) {
                if (row == batch.names().size()) {
                    PictureSubset.close(batch);
                    batch = batches.next();
                    row = 0;
                }
                if (wanted.test(batch.names().get(row))) {
                    return;
                }
                row++;
            }
        }

        @Override
        public PictureBatch next() {
            INDArray sample = Nd4j.createUninitialized(
                    DataType.FLOAT, new long[] {batchSize, channels(), height(), width()}, 'c');
            long[] labels = new long[batchSize];
            List<String> names = new ArrayList<>();
            for (int i = 0; i < batchSize; i++) {
                advance();
                sample.putSlice(i, batch.sample().slice(row));
                labels[i] = batch.labels() == null ? 0 : batch.labels().getLong(row);
                names.add(batch.names().get(row));
                row++;
            }
            return new PictureBatch(
                    sample, classNames().isEmpty() ? null : Nd4j.createFromArray(labels), List.copyOf(names));
        }

        @Override
        public void close() {
            batches.close();
            PictureSubset.close(batch);
        }
    }
}
