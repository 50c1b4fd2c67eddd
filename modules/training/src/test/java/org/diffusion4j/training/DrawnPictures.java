package org.diffusion4j.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.diffusion4j.data.BatchStream;
import org.diffusion4j.data.PictureBatch;
import org.diffusion4j.data.PictureSource;
import org.nd4j.linalg.factory.Nd4j;

/** Pictures that are drawn in memory: a bright bar on a dark ground, at another place in each. */
public record DrawnPictures(int size, int channels, int side, int classes, long spoiledBatch) implements PictureSource {
    public static DrawnPictures of(int size, int side) {
        return new DrawnPictures(size, 1, side, 0, -1);
    }

    /** Picture i is of class i modulo so many. */
    public DrawnPictures withClasses(int count) {
        return new DrawnPictures(size, channels, side, count, spoiledBatch);
    }

    /** The batch of that number holds what is not a number. */
    public DrawnPictures spoiledFrom(long batch) {
        return new DrawnPictures(size, channels, side, classes, batch);
    }

    @Override
    public int height() {
        return side;
    }

    @Override
    public int width() {
        return side;
    }

    @Override
    public List<String> classNames() {
        return IntStream.range(0, classes).mapToObj(i -> "class " + i).toList();
    }

    /** Picture i, row by row, channel by channel. */
    public float[] picture(int i) {
        float[] values = new float[channels * side * side];
        int place = i / 2 % (side - 1);
        for (int k = 0; k < values.length; k++) {
            int row = k / side % side;
            int column = k % side;
            int across = i % 2 == 0 ? row : column;
            values[k] = across == place || across == place + 1 ? 1 : -1;
        }
        return values;
    }

    @Override
    public BatchStream batches(int batchSize, long seed, long first) {
        return new BatchStream() {
            private long next = first;

            @Override
            public PictureBatch next() {
                Random random = new Random(seed + 1000 * next);
                int[] chosen = random.ints(batchSize, 0, size).toArray();
                float[] values = new float[batchSize * channels * side * side];
                List<String> names = new ArrayList<>();
                for (int i = 0; i < batchSize; i++) {
                    float[] picture = picture(chosen[i]);
                    System.arraycopy(picture, 0, values, i * picture.length, picture.length);
                    names.add("bar-" + chosen[i]);
                }
                if (next == spoiledBatch) {
                    values[3] = Float.NaN;
                }
                next++;
                long[] labels = classes == 0
                        ? null
                        : IntStream.of(chosen).mapToLong(i -> i % classes).toArray();
                return new PictureBatch(
                        Nd4j.create(values, new long[] {batchSize, channels, side, side}, 'c'),
                        labels == null ? null : Nd4j.createFromArray(labels),
                        names);
            }

            @Override
            public void close() {}
        };
    }
}
