package org.diffusion4j.training;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureBatch;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The pictures themselves and, if the network has classes, their labels.
 *
 * @param config says which inputs the network takes
 * @param labelDropout share of labels that are replaced by the one for none
 * @param nullClass the label that stands for none; null if there is no such label
 */
record ClassRecipe(UNetConfig config, double labelDropout, Integer nullClass) implements BatchRecipe {
    @Override
    public INDArray clean(PictureBatch batch, SplittableRandom random) {
        return batch.sample();
    }

    @Override
    public Map<String, INDArray> conditioning(PictureBatch batch, SplittableRandom random) {
        List<String> names = batch.names();
        Map<String, INDArray> conditioning = new HashMap<>();
        if (config.wantsClassLabels()) {
            conditioning.put(UNetGraph.CLASS_LABELS, labels(batch, random));
        }
        if (config.dropout() > 0) {
            conditioning.put(UNetGraph.DROPOUT_SEED, DropoutSeeds.draw(names.size(), random));
        }
        return conditioning;
    }

    private INDArray labels(PictureBatch batch, SplittableRandom random) {
        long[] labels = new long[batch.names().size()];
        for (int image = 0; image < labels.length; image++) {
            // This is drawn even if it isn't used, so that labels don't change the noise.
            boolean dropped = random.nextDouble() < labelDropout;
            labels[image] = batch.labels() == null || dropped ? nullClass : label(batch, image);
        }
        return Nd4j.createFromArray(labels);
    }

    /** Refuses a label without a row in the model's table, which would give a row of zeros. */
    private long label(PictureBatch batch, int image) {
        double label = batch.labels().getDouble(image);
        Integer classes = config.numClassEmbeds();
        if (classes != null && !(label >= 0 && label < classes && label == Math.rint(label))) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "%s: expected a label from 0 to %d, found %s",
                    batch.names().get(image),
                    classes - 1,
                    label));
        }
        return (long) label;
    }
}
