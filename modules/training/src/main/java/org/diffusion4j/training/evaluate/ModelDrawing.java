package org.diffusion4j.training.evaluate;

import static org.diffusion4j.Requirement.requireGiven;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.Progress;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.pipeline.SamplePlan;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The pictures that a model draws in order to be judged. */
final class ModelDrawing implements AutoCloseable {
    private final DiffusionPipeline pipeline;
    private final SamplePlan plan;
    private final boolean classes;

    /** Gets some of the pictures. */
    @FunctionalInterface
    interface Part {
        /**
         * Takes them.
         *
         * @param first the number of the first one, from 0
         */
        void take(int first, List<GeneratedImage> drawn);
    }

    /**
     * Opens a model.
     *
     * @param pictures of the same size, channels and classes as the model's
     * @param asked how many, seed, sampler and so on, without labels
     * @param labels the pictures' class of each one; without effect where the model has no classes
     * @throws Diffusion4jException if the model doesn't go with the pictures
     */
    ModelDrawing(
            DiffusersModel model,
            PictureSource pictures,
            SampleRequest asked,
            List<Integer> labels,
            Function<SameDiff, NoisePredictor> engine) {
        requireGiven(
                asked.labels().isEmpty() && asked.labelNames().isEmpty(),
                "labels",
                "none, as each class has its share",
                asked.labels().isEmpty() ? asked.labelNames() : asked.labels());
        checkShape(model, pictures);
        classes = model.config().wantsClassLabels();
        List<Integer> modelLabels = classes ? modelLabels(model, pictures) : List.of();
        pipeline = DiffusionPipeline.of(model, engine);
        List<Integer> drawnLabels =
                classes ? labels.stream().map(modelLabels::get).toList() : List.of();
        plan = pipeline.plan(asked.toBuilder().labels(drawnLabels).build());
    }

    /** Whether each picture shows the class that was asked for. */
    boolean hasClasses() {
        return classes;
    }

    /** How the pictures are drawn, by names that a person understands. */
    Map<String, String> settings() {
        Map<String, String> settings = new TreeMap<>(plan.settings());
        settings.put("seed", Long.toString(plan.seed()));
        return settings;
    }

    /** Draws all, so many at a time. */
    void draw(Progress progress, int chunk, Part part) {
        for (int first = 0; first < plan.images(); first += chunk) {
            int before = first;
            int count = Math.min(chunk, plan.images() - first);
            part.take(
                    first,
                    pipeline.sample(
                            plan.part(first, count),
                            (done, total) ->
                                    progress.done(before + (int) ((long) count * done / total), plan.images())));
        }
    }

    /** Pictures as they would be saved, whole numbers from 0 to 255, [N, C, H, W]. */
    static INDArray bytes(List<GeneratedImage> drawn) {
        return Nd4j.createFromArray(
                drawn.stream().map(image -> values(image.picture())).toArray(float[][][][]::new));
    }

    private static float[][][] values(BufferedImage picture) {
        int bands = picture.getRaster().getNumBands();
        float[][][] values = new float[bands][picture.getHeight()][picture.getWidth()];
        for (int channel = 0; channel < bands; channel++) {
            for (int y = 0; y < picture.getHeight(); y++) {
                for (int x = 0; x < picture.getWidth(); x++) {
                    values[channel][y][x] = picture.getRaster().getSample(x, y, channel);
                }
            }
        }
        return values;
    }

    /** How many pictures of each class, in the shares that the classes have: what is left after rounding down goes to the largest remainders. */
    static int[] shares(PictureSource pictures, int images) {
        long[] held = new long[pictures.classNames().size()];
        PictureSubset.firstEpoch(pictures, pictures.size(), batch -> {
            for (int i = 0; i < batch.names().size(); i++) {
                held[batch.labels().getInt(i)]++;
            }
        });
        int size = pictures.size();
        int[] shares = new int[held.length];
        for (int label = 0; label < held.length; label++) {
            shares[label] = (int) (held[label] * images / size);
        }
        IntStream.range(0, held.length)
                .boxed()
                .sorted((a, b) -> Long.compare(held[b] * images % size, held[a] * images % size))
                .limit(images - IntStream.of(shares).sum())
                .forEach(label -> shares[label]++);
        return shares;
    }

    private static void checkShape(DiffusersModel model, PictureSource pictures) {
        SampleSize size = model.config().sampleSize();
        if (size != null) {
            requireGiven(
                    size.height() == pictures.height() && size.width() == pictures.width(),
                    "evaluate",
                    String.format(Locale.ROOT, "pictures of the model's size, %dx%d", size.width(), size.height()),
                    String.format(Locale.ROOT, "%dx%d", pictures.width(), pictures.height()));
        }
        requireGiven(
                model.config().inChannels() == pictures.channels(),
                "evaluate",
                String.format(
                        Locale.ROOT,
                        "pictures of the model's %d channels",
                        model.config().inChannels()),
                pictures.channels());
    }

    /** The model's label for each class of the pictures. */
    private static List<Integer> modelLabels(DiffusersModel model, PictureSource pictures) {
        List<String> names = model.settings().classNames();
        List<String> wanted = pictures.classNames();
        if (names.isEmpty()) {
            return IntStream.range(0, wanted.size()).boxed().toList();
        }
        List<Integer> labels = wanted.stream().map(names::indexOf).toList();
        int missing = labels.indexOf(-1);
        requireGiven(
                missing < 0,
                "evaluate",
                String.format(Locale.ROOT, "pictures of the model's classes (%s)", String.join(", ", names)),
                missing < 0 ? null : "the class '" + wanted.get(missing) + "'");
        return labels;
    }

    @Override
    public void close() {
        pipeline.close();
    }
}
