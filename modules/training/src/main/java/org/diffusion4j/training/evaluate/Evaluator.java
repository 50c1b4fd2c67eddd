package org.diffusion4j.training.evaluate;

import static org.diffusion4j.Requirement.requireGiven;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.Progress;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Judges models by their pictures: a small classifier learns from one part of the real pictures, then says of generated
 * ones, and of as many real ones that it has not seen, how many show the class that they should, and how far they are from
 * those that it learned from. The classifier is trained once, when it is first needed, and serves any number of models.
 * The same pictures give the same classifier on the same machine. Only one thread at a time may use it.
 */
public final class Evaluator implements AutoCloseable {
    /** The number of pictures that the classifier looks at together. */
    public static final int CHUNK = 100;

    /** The default number of pictures. */
    private static final int IMAGES = 1000;
    /** The number of reference pictures; with more, distances change little. */
    private static final int MOST_REFERENCES = 10_000;

    private final RealPictures real;
    private final Function<Stage, Progress> progress;
    private LeNet network;
    private Neighbourhoods reference;

    /** The stages that take long. */
    public enum Stage {
        /** The classifier learns; counted in steps. */
        NETWORK,
        /** The model draws; counted in pictures. */
        DRAWING
    }

    /**
     * Makes an evaluator that reports no progress.
     *
     * @param real the pictures that models are compared with
     */
    public Evaluator(RealPictures real) {
        this(real, stage -> Progress.none());
    }

    /**
     * An evaluator.
     *
     * @param real the pictures that models are compared with
     * @param progress asked, as a stage begins, what is to be told how far it is
     */
    public Evaluator(RealPictures real, Function<Stage, Progress> progress) {
        this.real = real;
        this.progress = progress;
    }

    /**
     * The default number of pictures to draw.
     *
     * @return 1000, or as many as are held out
     */
    public int defaultImages() {
        return Math.min(IMAGES, real.heldOut().size());
    }

    /**
     * The classes of pictures that can be judged with {@link #evaluate(INDArray, List)}: each class in the share that it
     * has among those held out.
     *
     * @param images how many, from 2 to the number of pictures held out, so that as many of either can be compared
     * @return one class per picture, in ascending order
     * @throws Diffusion4jException if there can't be so many pictures
     */
    public List<Integer> labels(int images) {
        int most = real.heldOut().size();
        requireGiven(
                images >= 2 && images <= most,
                "images",
                String.format(Locale.ROOT, "2 to %d, as many as there are real ones held out", most),
                images);
        int[] share = ModelDrawing.shares(real.heldOut(), images);
        return IntStream.range(0, share.length)
                .boxed()
                .flatMap(label -> Collections.nCopies(share[label], label).stream())
                .toList();
    }

    /**
     * Draws with a model and judges what it drew: by classes if it has them, each class in the share that it has among the
     * pictures held out.
     *
     * @param model of the pictures' size and channels; its classes, if any, those of the pictures, found by their names
     *     where the model names them and by their numbers otherwise
     * @param asked how many pictures, from 2 to the number of pictures held out; the seed, the sampler and so on, where the
     *     model's best are not wanted; no labels, as each class has its share
     * @param engine makes what runs the network, of its graph
     * @return the figures; without accuracy if the model has no classes
     * @throws Diffusion4jException if the model doesn't go with the pictures
     */
    public Evaluation evaluate(DiffusersModel model, SampleRequest asked, Function<SameDiff, NoisePredictor> engine) {
        return evaluate(new JudgedModel.ByClasses(model, asked, engine));
    }

    /**
     * Draws with a model and judges what it drew: by classes or by texts of pictures held out, if it takes them, each class in the
     * share that it has among the pictures held out.
     *
     * @param model draws from 2 pictures to as many as are held out
     * @return the figures; without accuracy if the model takes neither classes nor texts
     * @throws Diffusion4jException if the model doesn't go with the pictures, or has no texts to draw by
     */
    public Evaluation evaluate(JudgedModel model) {
        return judge(model).evaluation();
    }

    /**
     * Figures of a model.
     *
     * @param seconds how long it drew
     */
    record Judged(Evaluation evaluation, double seconds) {}

    Judged judge(JudgedModel model) {
        List<Integer> labels = labels(model.images());
        try (PictureDrawing drawing = PictureDrawing.open(model, real.heldOut(), labels)) {
            learn();
            List<Classified> parts = new ArrayList<>();
            double seconds = drawing.draw(
                    progress.apply(Stage.DRAWING),
                    CHUNK,
                    (first, drawn) -> parts.add(classify(
                            drawn, drawing.hasClasses() ? labels.subList(first, first + drawn.size()) : null)));
            return new Judged(evaluation(Classified.concat(parts), drawing.settings()), seconds);
        }
    }

    /**
     * Finds out whether a model can be judged, without drawing or learning anything.
     *
     * @throws Diffusion4jException as {@link #evaluate(JudgedModel)}
     */
    void check(JudgedModel model) {
        PictureDrawing.open(model, real.heldOut(), labels(model.images())).close();
    }

    /** Rounds pictures to 8 bits as if they were saved, since the real ones have no more. */
    private Classified classify(List<GeneratedImage> drawn, List<Integer> labels) {
        try (INDArray sample = ModelDrawing.bytes(drawn).divi(127.5).subi(1)) {
            return network.classify(sample, array(labels));
        }
    }

    private static int[] array(List<Integer> labels) {
        return labels == null
                ? null
                : labels.stream().mapToInt(Integer::intValue).toArray();
    }

    /**
     * Judges given pictures.
     *
     * @param sample [N, C, H, W] in [-1, 1], of the real pictures' shape, N at least 2; to be compared with the figures of those
     *     held out, at most as many as these
     * @param labels the class of each, for the distances to mean something {@link #labels(int)} in any order; empty if they
     *     have none
     * @return the figures; without accuracy if there are no labels
     * @throws Diffusion4jException if there are fewer pictures
     * @throws IllegalArgumentException if the shape is another, or there isn't a label of the real pictures' for each
     */
    public Evaluation evaluate(INDArray sample, List<Integer> labels) {
        PictureSource pictures = real.training();
        if (sample.rank() != 4
                || sample.size(1) != pictures.channels()
                || sample.size(2) != pictures.height()
                || sample.size(3) != pictures.width()) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "sample: expected [N, %d, %d, %d], found %s",
                    pictures.channels(),
                    pictures.height(),
                    pictures.width(),
                    sample.shapeInfoToString()));
        }
        int images = Math.toIntExact(sample.size(0));
        int classes = pictures.classNames().size();
        if (!labels.isEmpty()
                && (labels.size() != images || labels.stream().anyMatch(label -> label < 0 || label >= classes))) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "labels: expected %d from 0 to %d, or none, found %s", images, classes - 1, labels));
        }
        requireTwo(images);
        learn();
        List<Classified> parts = new ArrayList<>();
        for (int first = 0; first < images; first += CHUNK) {
            int end = Math.min(images, first + CHUNK);
            try (INDArray part = sample.get(NDArrayIndex.interval(first, end)).dup('c')) {
                parts.add(network.classify(part, labels.isEmpty() ? null : array(labels.subList(first, end))));
            }
        }
        return evaluation(Classified.concat(parts), Map.of());
    }

    private static void requireTwo(int images) {
        requireGiven(images >= 2, "images", "at least 2", images);
    }

    /**
     * The classifier, with which pictures may be looked at elsewhere, {@link #CHUNK} at a time.
     *
     * @return the classifier, which is trained now if it wasn't before; it is closed with this evaluator
     */
    public LeNet network() {
        learn();
        return network;
    }

    /**
     * Judges pictures that the classifier has looked at.
     *
     * @param generated what {@link #network()}, or a copy of it elsewhere, saw in at least 2 pictures
     * @return the figures, as of {@link #evaluate(INDArray, List)} of these pictures
     * @throws Diffusion4jException if there are fewer pictures
     */
    public Evaluation evaluate(Classified generated) {
        requireTwo(generated.predicted().length);
        learn();
        return evaluation(generated, Map.of());
    }

    private void learn() {
        if (network == null) {
            network = LeNet.train(real.training(), progress.apply(Stage.NETWORK));
            Classified seen = classify(
                    real.training(), Math.min(MOST_REFERENCES, real.training().size()));
            reference = PrecisionRecall.balls(seen.features());
        }
    }

    private Classified classify(PictureSource pictures, int count) {
        List<Classified> parts = new ArrayList<>();
        PictureSubset.firstEpoch(
                pictures,
                count,
                batch -> parts.add(
                        network.classify(batch.sample(), batch.labels().toIntVector())));
        return Classified.concat(parts);
    }

    private Evaluation evaluation(Classified generated, Map<String, String> settings) {
        int images = generated.predicted().length;
        int held = Math.min(images, real.heldOut().size());
        int classes = real.training().classNames().size();
        return new Evaluation(
                real.training().classNames(),
                network.description(),
                real.training().size(),
                reference.vectors().length,
                images,
                held,
                Collections.unmodifiableMap(settings),
                heldOut(held).figures(classes, reference),
                generated.figures(classes, reference));
    }

    /** As many pictures of each class as are drawn. */
    private Classified heldOut(int images) {
        int[] left = ModelDrawing.shares(real.heldOut(), images);
        Set<String> chosen = new HashSet<>();
        PictureSubset.firstEpoch(real.heldOut(), real.heldOut().size(), batch -> {
            for (int i = 0; i < batch.names().size(); i++) {
                if (left[batch.labels().getInt(i)]-- > 0) {
                    chosen.add(batch.names().get(i));
                }
            }
        });
        return classify(PictureSubset.of(real.heldOut(), chosen::contains), images);
    }

    /** Frees the classifier. */
    @Override
    public void close() {
        if (network != null) {
            network.close();
            network = null;
        }
    }
}
