package org.diffusion4j.data;

/** Some of a stream's batches; the others are made and dropped, which serves a source that knows nothing better. */
final class SkippingBatches implements BatchStream {
    private final BatchStream all;
    private final BatchNumbers numbers;
    private long given;
    /** The number of the batch that the stream gives next. */
    private long position;

    SkippingBatches(BatchStream all, BatchNumbers numbers) {
        this.all = all;
        this.numbers = numbers;
        position = numbers.first();
    }

    @Override
    public PictureBatch next() {
        for (long wanted = numbers.at(given++); position < wanted; position++) {
            PictureBatch dropped = all.next();
            dropped.sample().close();
            if (dropped.labels() != null) {
                dropped.labels().close();
            }
        }
        position++;
        return all.next();
    }

    @Override
    public void close() {
        all.close();
    }
}
