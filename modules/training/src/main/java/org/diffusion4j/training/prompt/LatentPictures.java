package org.diffusion4j.training.prompt;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.diffusion4j.data.BatchStream;
import org.diffusion4j.data.ComputedBuckets;
import org.diffusion4j.data.ComputedSamples;
import org.diffusion4j.data.PictureBatch;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.pipeline.part.Autoencoder;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Pictures as an autoencoder sees them: the means of their latents, then the logarithms of the variances, [2L, h, w]. They are
 * encoded once, mirrored ones too, into a file of the run, or one for each bucket, so that the autoencoder isn't in memory while the
 * network learns.
 *
 * @param folder for the files
 * @param autoencoder what encodes them
 * @param sum of its weights
 * @param open gets the files, which stay open
 * @param listener told of it
 */
record LatentPictures(
        Path folder, Autoencoder autoencoder, String sum, Deque<AutoCloseable> open, Consumer<String> listener) {
    /** How many pictures an engine is opened for; they go through it one at a time. */
    private static final int TOGETHER = 32;

    /**
     * Encodes pictures, or opens what an earlier run has encoded.
     *
     * @param name of the file; that of a bucket has its size, too
     * @param pictures whose views are the same in each epoch
     * @param mirrored whether each is also encoded as in a mirror
     */
    PictureSource of(String name, PictureSource pictures, boolean mirrored) {
        List<? extends PictureSource> buckets = pictures.buckets();
        if (buckets.size() == 1) {
            return samples(name, buckets.get(0), mirrored);
        }
        List<ComputedSamples> samples = new ArrayList<>();
        for (PictureSource bucket : buckets) {
            String file = String.format(Locale.ROOT, "%s-%dx%d", name, bucket.width(), bucket.height());
            samples.add(samples(file, bucket, mirrored));
        }
        return new ComputedBuckets(samples);
    }

    private ComputedSamples samples(String name, PictureSource pictures, boolean mirrored) {
        int factor = autoencoder.config().sizeFactor();
        int channels = 2 * autoencoder.config().latentChannels();
        int height = pictures.height() / factor;
        int width = pictures.width() / factor;
        int length = channels * height * width;
        int variants = mirrored ? 2 : 1;
        Map<String, String> key = new TreeMap<>(pictures.description());
        key.put("autoencoder", sum);
        key.put("size", pictures.size() + " of " + pictures.width() + "x" + pictures.height());
        key.put("variants", Integer.toString(variants));
        RowsFile file;
        try (BatchStream walk = pictures.batches(1, 0, 0)) { // an epoch is a permutation of all pictures
            file = RowsFile.of(folder, name, key.toString(), pictures.size(), length, TOGETHER, (first, count) -> {
                listener.accept(String.format(
                        Locale.ROOT,
                        "encoding pictures of %dx%d: %d of %d",
                        pictures.width(),
                        pictures.height(),
                        first,
                        pictures.size()));
                return encoded(walk, count, mirrored, length);
            });
        }
        open.push(file);
        Map<String, String> description = new LinkedHashMap<>(pictures.description());
        description.put("latents", variants + " for each picture");
        return new ComputedSamples(
                channels,
                height,
                width,
                file.names(),
                List.of(),
                List.of(),
                variants,
                description,
                (index, variant, values, offset) -> file.read((long) index * variants + variant, values, offset));
    }

    private RowsFile.Rows encoded(BatchStream walk, int count, boolean mirrored, int length) {
        List<String> names = new ArrayList<>();
        List<INDArray> views = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            PictureBatch next = walk.next();
            names.addAll(next.names());
            views.add(next.sample());
            if (mirrored) {
                views.add(mirrored(next.sample()));
            }
        }
        try (INDArray batch = Nd4j.concat(0, views.toArray(INDArray[]::new));
                INDArray moments = autoencoder.sliced().moments(batch)) {
            return new RowsFile.Rows(names, moments.data().getFloatsAt(0, views.size() * length));
        } finally {
            views.forEach(INDArray::close);
        }
    }

    /** Left becomes right. */
    private static INDArray mirrored(INDArray picture) {
        int width = Math.toIntExact(picture.size(3));
        float[] values = picture.dup('c').data().asFloat();
        float[] mirrored = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            int x = i % width;
            mirrored[i] = values[i - x + width - 1 - x];
        }
        return Nd4j.create(mirrored, picture.shape(), 'c');
    }
}
