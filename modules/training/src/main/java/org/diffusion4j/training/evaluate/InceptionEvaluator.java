package org.diffusion4j.training.evaluate;

import static org.diffusion4j.Requirement.requireGiven;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.Progress;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.training.evaluate.inception.InceptionV3;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Judges models as publications do: by the Fréchet and kernel distances between InceptionV3's features of drawn pictures and of
 * all real ones. Figures are those of torch-fidelity, up to rounding, of the same pictures; published ones are of 50,000 drawn
 * pictures, and come out larger with fewer. Only one thread at a time may use it.
 */
public final class InceptionEvaluator {
    /** How many pictures the network looks at together. */
    private static final int CHUNK = 16;

    private final PictureSource real;
    private final InceptionV3 network;
    private final Function<Stage, Progress> progress;
    private Neighbourhoods reference;

    /** The stages that take long. */
    public enum Stage {
        /** The network looks at the real pictures; counted in pictures. */
        LOOKING,
        /** The model draws, and the network looks; counted in pictures. */
        DRAWING
    }

    /**
     * What a model comes to.
     *
     * @param realPictures how many pictures it was compared with
     * @param images how many it drew
     * @param settings how it drew, by names that a person understands
     * @param frechetDistance the Fréchet inception distance, at least 0
     * @param kernelDistance the kernel inception distance
     * @param precisionRecall in the same features; publications often have those of another network
     */
    public record Figures(
            int realPictures,
            int images,
            Map<String, String> settings,
            double frechetDistance,
            KernelDistance kernelDistance,
            PrecisionRecall precisionRecall) {
        /** Copies the map. */
        public Figures {
            settings = Collections.unmodifiableMap(settings);
        }
    }

    /**
     * An evaluator.
     *
     * @param real all pictures that models are compared with, at least 2, without anything random about them
     * @param network what gives the features; it stays open
     * @param progress asked, as a stage begins, what is to be told how far it is
     */
    public InceptionEvaluator(PictureSource real, InceptionV3 network, Function<Stage, Progress> progress) {
        requireGiven(real.size() >= 2, "evaluate", "at least 2 real pictures", real.size());
        this.real = real;
        this.network = network;
        this.progress = progress;
    }

    /**
     * Draws with a model, by classes in the shares of the real pictures if it has them, and judges what it drew. The last step, a
     * distance of {@value InceptionV3#FEATURES} features, takes some 20 seconds.
     *
     * @param model of the pictures' size and channels; its classes, if any, those of the pictures
     * @param asked how many pictures, at least 2; the seed, the sampler and so on; no labels
     * @param engine makes what runs the model's network, of its graph
     * @return the figures
     * @throws Diffusion4jException if the model doesn't go with the pictures
     */
    public Figures evaluate(DiffusersModel model, SampleRequest asked, Function<SameDiff, NoisePredictor> engine) {
        return evaluate(new JudgedModel.ByClasses(model, asked, engine));
    }

    /**
     * Draws with a model, by classes in the shares of the real pictures or by their texts if it takes them, and judges what it drew.
     *
     * @param model draws at least 2 pictures
     * @return the figures
     * @throws Diffusion4jException if the model doesn't go with the pictures, or has no texts to draw by
     */
    public Figures evaluate(JudgedModel model) {
        return judge(model).figures();
    }

    /**
     * Figures of a model.
     *
     * @param seconds how long it drew
     */
    record Judged(Figures figures, double seconds) {}

    Judged judge(JudgedModel model) {
        try (PictureDrawing drawing = open(model)) {
            look();
            List<double[]> features = new ArrayList<>();
            double seconds = drawing.draw(progress.apply(Stage.DRAWING), Evaluator.CHUNK, (first, drawn) -> {
                for (int from = 0; from < drawn.size(); from += CHUNK) {
                    try (INDArray bytes =
                            ModelDrawing.bytes(drawn.subList(from, Math.min(drawn.size(), from + CHUNK)))) {
                        features.addAll(List.of(network.features(bytes)));
                    }
                }
            });
            double[][] drawn = features.toArray(double[][]::new);
            Figures figures = new Figures(
                    reference.vectors().length,
                    drawn.length,
                    drawing.settings(),
                    FrechetDistance.between(drawn, reference.vectors()),
                    KernelDistance.between(drawn, reference.vectors()),
                    PrecisionRecall.between(drawn, reference));
            return new Judged(figures, seconds);
        }
    }

    /**
     * Finds out whether a model can be judged, without drawing anything.
     *
     * @throws Diffusion4jException as {@link #evaluate(JudgedModel)}
     */
    void check(JudgedModel model) {
        open(model).close();
    }

    int realPictures() {
        return real.size();
    }

    private PictureDrawing open(JudgedModel model) {
        requireGiven(model.images() >= 2, "images", "at least 2", model.images());
        boolean without = real.classNames().isEmpty()
                || (model instanceof JudgedModel.ByClasses classes
                        && !classes.model().config().wantsClassLabels());
        return PictureDrawing.open(model, real, without ? List.of() : labels(model.images()));
    }

    private List<Integer> labels(int images) {
        int[] shares = ModelDrawing.shares(real, images);
        return IntStream.range(0, shares.length)
                .boxed()
                .flatMap(label -> Collections.nCopies(shares[label], label).stream())
                .toList();
    }

    /** The features of all real pictures, which are computed once. */
    private void look() {
        if (reference == null) {
            Progress looking = progress.apply(Stage.LOOKING);
            List<double[]> features = new ArrayList<>();
            PictureSubset.firstEpoch(real, real.size(), batch -> {
                for (int from = 0; from < batch.names().size(); from += CHUNK) {
                    int to = Math.min(batch.names().size(), from + CHUNK);
                    features.addAll(List.of(network.features(bytes(batch.sample(), from, to))));
                    looking.done(features.size(), real.size());
                }
            });
            reference = PrecisionRecall.balls(features.toArray(double[][]::new));
        }
    }

    /** Some of the pictures of a batch, as whole numbers from 0 to 255. */
    private static INDArray bytes(INDArray sample, int from, int to) {
        INDArray rows = sample.get(NDArrayIndex.interval(from, to)).dup('c');
        return Transforms.round(rows.addi(1).muli(127.5), false);
    }
}
