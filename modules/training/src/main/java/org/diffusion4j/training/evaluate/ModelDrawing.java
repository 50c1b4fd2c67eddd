package org.diffusion4j.training.evaluate;

import static org.diffusion4j.Requirement.requireGiven;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.Progress;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.pipeline.SamplePlan;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Pictures of classes, or of nothing that was asked for. */
final class ModelDrawing implements PictureDrawing {
    private final DiffusionPipeline pipeline;
    private final SamplePlan plan;
    private final boolean classes;

    /**
     * Opens a model.
     *
     * @param judged the model, and how it draws
     * @param pictures of the same size, channels and classes as the model's
     * @param labels the pictures' class of each one; without effect where the model has no classes
     * @throws Diffusion4jException if the model doesn't go with the pictures
     */
    ModelDrawing(JudgedModel.ByClasses judged, PictureSource pictures, List<Integer> labels) {
        DiffusersModel model = judged.model();
        SampleRequest asked = judged.asked();
        requireGiven(
                asked.labels().isEmpty() && asked.labelNames().isEmpty(),
                "labels",
                "none, as each class has its share",
                asked.labels().isEmpty() ? asked.labelNames() : asked.labels());
        PictureDrawing.requireShape(model.config().sampleSize(), model.config().inChannels(), pictures);
        classes = model.config().wantsClassLabels();
        List<Integer> modelLabels = classes ? modelLabels(model, pictures) : List.of();
        pipeline = DiffusionPipeline.of(model, judged.engine());
        List<Integer> drawnLabels =
                classes ? labels.stream().map(modelLabels::get).toList() : List.of();
        plan = pipeline.plan(asked.toBuilder().labels(drawnLabels).build());
    }

    @Override
    public boolean hasClasses() {
        return classes;
    }

    @Override
    public Map<String, String> settings() {
        Map<String, String> settings = new TreeMap<>(plan.settings());
        settings.put("seed", Long.toString(plan.seed()));
        return settings;
    }

    @Override
    public double draw(Progress progress, int chunk, Part part) {
        long nanoseconds = 0;
        for (int first = 0; first < plan.images(); first += chunk) {
            int before = first;
            int count = Math.min(chunk, plan.images() - first);
            long start = System.nanoTime();
            List<GeneratedImage> drawn = pipeline.sample(
                    plan.part(first, count),
                    (done, total) -> progress.done(before + (int) ((long) count * done / total), plan.images()));
            nanoseconds += System.nanoTime() - start;
            part.take(first, drawn);
        }
        return nanoseconds / 1e9;
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
