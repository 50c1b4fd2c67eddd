package org.diffusion4j.training.prompt;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.diffusion4j.data.BatchStream;
import org.diffusion4j.data.ComputedSamples;
import org.diffusion4j.data.PictureBatch;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.pipeline.part.Autoencoder;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Pictures as an autoencoder sees them: the means of their latents, then the logarithms of the variances, [2L, h, w]. They are
 * encoded once, mirrored ones too, into a file of the run, so that the autoencoder isn't in memory while the network learns.
 */
final class LatentPictures {
    /** How many pictures an engine is opened for; they go through it one at a time. */
    private static final int TOGETHER = 32;

    private LatentPictures() {}

    /** The pictures' samples, and the file in which they are. */
    record Opened(ComputedSamples samples, RowsFile file) {}

    /**
     * Encodes pictures, or opens what an earlier run has encoded.
     *
     * @param folder for the file
     * @param pictures whose views are the same in each epoch
     * @param mirrored whether each is also encoded as in a mirror
     * @param autoencoder what encodes them
     * @param autoencoderSum the sum of its weights
     * @param listener told of it
     */
    static Opened open(
            Path folder,
            PictureSource pictures,
            boolean mirrored,
            Autoencoder autoencoder,
            String autoencoderSum,
            Consumer<String> listener) {
        int factor = autoencoder.config().sizeFactor();
        int channels = 2 * autoencoder.config().latentChannels();
        int height = pictures.height() / factor;
        int width = pictures.width() / factor;
        int length = channels * height * width;
        int variants = mirrored ? 2 : 1;
        Map<String, String> key = new TreeMap<>(pictures.description());
        key.put("autoencoder", autoencoderSum);
        key.put("size", pictures.size() + " of " + pictures.width() + "x" + pictures.height());
        key.put("variants", Integer.toString(variants));
        RowsFile file;
        try (BatchStream walk = pictures.batches(1, 0, 0)) { // an epoch is a permutation of all pictures
            file = RowsFile.of(folder, "latents", key.toString(), pictures.size(), length, TOGETHER, (first, count) -> {
                listener.accept(String.format(Locale.ROOT, "encoding pictures: %d of %d", first, pictures.size()));
                return encoded(walk, count, mirrored, autoencoder, length);
            });
        }
        Map<String, String> description = new LinkedHashMap<>(pictures.description());
        description.put("latents", variants + " for each picture");
        ComputedSamples samples = new ComputedSamples(
                channels,
                height,
                width,
                file.names(),
                List.of(),
                List.of(),
                variants,
                description,
                (index, variant, values, offset) -> file.read((long) index * variants + variant, values, offset));
        return new Opened(samples, file);
    }

    private static RowsFile.Rows encoded(
            BatchStream walk, int count, boolean mirrored, Autoencoder autoencoder, int length) {
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
