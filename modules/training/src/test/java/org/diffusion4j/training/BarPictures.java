package org.diffusion4j.training;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.diffusion4j.data.BatchStream;
import org.diffusion4j.data.PictureBatch;
import org.diffusion4j.data.PictureSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Small pictures from memory: a light bar on dark, lying for class 0 and standing for class 1, a row or column further each. */
public record BarPictures(int size, int channels, int height, int width, List<String> classNames)
        implements PictureSource {
    @Override
    public BatchStream batches(int batchSize, long seed, long first) {
        return new BatchStream() {
            private long index = first;

            @Override
            public PictureBatch next() {
                SplittableRandom random = new SplittableRandom(seed * 1_000_003 + index++);
                int[] chosen = random.ints(batchSize, 0, size).toArray();
                INDArray[] samples =
                        IntStream.of(chosen).mapToObj(BarPictures.this::picture).toArray(INDArray[]::new);
                long[] labels =
                        IntStream.of(chosen).mapToLong(picture -> picture % 2).toArray();
                return new PictureBatch(
                        Nd4j.stack(0, samples),
                        classNames.isEmpty() ? null : Nd4j.createFromArray(labels),
                        IntStream.of(chosen).mapToObj(Integer::toString).toList());
            }

            @Override
            public void close() {}
        };
    }

    private INDArray picture(int number) {
        float[] values = new float[channels * height * width];
        int place = number / 2;
        for (int i = 0; i < values.length; i++) {
            int at = number % 2 == 0 ? i / width % height : i % width;
            values[i] = at == place % (number % 2 == 0 ? height : width) ? 1 : -1;
        }
        return Nd4j.create(values, new long[] {channels, height, width}, 'c');
    }
}
