package org.diffusion4j.spark.evaluate;

import java.io.Serializable;
import java.util.Comparator;
import java.util.List;
import org.diffusion4j.training.evaluate.Classified;

/**
 * What the classifier saw in a chunk.
 *
 * @param place see {@link PictureChunk}
 * @param number likewise
 * @param features one vector a picture; the classifier has no more digits
 * @param predicted one class a picture
 * @param names of the pictures
 * @param labels of the pictures; null where there is none
 */
record ChunkFeatures(
        String place, long number, float[][] features, int[] predicted, List<String> names, String[] labels)
        implements Serializable {
    static final Comparator<ChunkFeatures> ORDER =
            Comparator.comparing(ChunkFeatures::place).thenComparing(ChunkFeatures::number);

    static ChunkFeatures of(PictureChunk chunk, Classified seen) {
        float[][] features = new float[seen.features().length][];
        for (int i = 0; i < features.length; i++) {
            double[] exact = seen.features()[i];
            features[i] = new float[exact.length];
            for (int k = 0; k < exact.length; k++) {
                features[i][k] = (float) exact[k];
            }
        }
        return new ChunkFeatures(
                chunk.place(),
                chunk.number(),
                features,
                seen.predicted(),
                List.copyOf(chunk.pictures().stream().map(NamedPicture::name).toList()),
                chunk.pictures().stream().map(NamedPicture::label).toArray(String[]::new));
    }

    /** @param numbers the label of each picture; null for none */
    Classified classified(int[] numbers) {
        double[][] wide = new double[features.length][];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = new double[features[i].length];
            for (int k = 0; k < wide[i].length; k++) {
                wide[i][k] = features[i][k];
            }
        }
        return new Classified(wide, predicted, numbers);
    }
}
