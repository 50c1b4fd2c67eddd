package org.diffusion4j.training.evaluate;

import static org.diffusion4j.Requirement.require;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.diffusion4j.Diffusion4jException;

/**
 * Several models, or one in several ways, judged with the same real pictures and as many drawn ones.
 *
 * @param features what saw the pictures
 * @param realPictures the number of real pictures from which distances are measured
 * @param images how many pictures each model drew
 * @param rows what came out
 */
public record ModelComparison(String features, int realPictures, int images, List<ModelComparison.Row> rows) {
    /** The name of the row of real pictures. */
    public static final String REAL = "real, held out";

    /** Keeps a copy of the rows. */
    public ModelComparison {
        rows = List.copyOf(rows);
    }

    /**
     * A model to be compared.
     *
     * @param name what it is called
     * @param judged the model, and how it draws
     */
    public record Compared(String name, JudgedModel judged) {}

    /**
     * What a model comes to, drawing in one way.
     *
     * @param model what it is called; {@value #REAL} for real pictures
     * @param sampler the sampler's name; empty for real pictures
     * @param steps of the sampler; null for real pictures
     * @param secondsPerPicture how long it drew, with the time in which its networks were opened; null for real pictures
     * @param accuracy the share, 0 to 1, that the classifier takes for the class that it should be; null without classes
     * @param frechetDistance see {@link FrechetDistance}
     * @param kernelDistance see {@link KernelDistance}
     * @param precisionRecall see {@link PrecisionRecall}
     * @param settings all about how it drew, by name; empty for real pictures
     */
    public record Row(
            String model,
            String sampler,
            Integer steps,
            Double secondsPerPicture,
            Double accuracy,
            double frechetDistance,
            KernelDistance kernelDistance,
            PrecisionRecall precisionRecall,
            Map<String, String> settings) {
        /** Copies the map. */
        public Row {
            settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
        }

        private static Row drawn(
                Compared compared,
                Map<String, String> settings,
                double seconds,
                Double accuracy,
                double frechet,
                KernelDistance kernel,
                PrecisionRecall shares) {
            return new Row(
                    compared.name(),
                    settings.getOrDefault("sampler", ""),
                    settings.containsKey("steps") ? Integer.valueOf(settings.get("steps")) : null,
                    seconds / compared.judged().images(),
                    accuracy,
                    frechet,
                    kernel,
                    shares,
                    settings);
        }
    }

    /**
     * Compares models in the features of a small classifier, beside which stand the figures of as many real pictures that it hasn't
     * seen.
     *
     * @param evaluator judges
     * @param models what is compared, at least one, each drawing the same number of pictures; all are checked before anything is
     *     drawn
     * @param done is given each row as soon as it is there; that of the real pictures comes first
     * @return all figures
     * @throws Diffusion4jException if a model doesn't go with the pictures; the message names it
     */
    public static ModelComparison of(Evaluator evaluator, List<Compared> models, Consumer<Row> done) {
        check(models, evaluator::check);
        List<Row> rows = new ArrayList<>();
        Evaluation last = null; // there is at least one model
        for (Compared model : models) {
            Evaluator.Judged judged = evaluator.judge(model.judged());
            Evaluation.Figures real = judged.evaluation().heldOut();
            if (rows.isEmpty()) {
                add(
                        new Row(
                                REAL,
                                "",
                                null,
                                null,
                                real.accuracy(),
                                real.frechetDistance(),
                                real.kernelDistance(),
                                real.precisionRecall(),
                                Map.of()),
                        rows,
                        done);
            }
            Evaluation.Figures drawn = judged.evaluation().generated();
            add(
                    Row.drawn(
                            model,
                            judged.evaluation().settings(),
                            judged.seconds(),
                            drawn.accuracy(),
                            drawn.frechetDistance(),
                            drawn.kernelDistance(),
                            drawn.precisionRecall()),
                    rows,
                    done);
            last = judged.evaluation();
        }
        return new ModelComparison(last.featureNetwork(), last.referencePictures(), last.images(), rows);
    }

    /**
     * Compares models by the published distances.
     *
     * @param evaluator judges
     * @param models as above
     * @param done is given each row as soon as it is there
     * @return all figures, without accuracy
     * @throws Diffusion4jException if a model doesn't go with the pictures; the message names it
     */
    public static ModelComparison of(InceptionEvaluator evaluator, List<Compared> models, Consumer<Row> done) {
        check(models, evaluator::check);
        List<Row> rows = new ArrayList<>();
        for (Compared model : models) {
            InceptionEvaluator.Judged judged = evaluator.judge(model.judged());
            InceptionEvaluator.Figures figures = judged.figures();
            add(
                    Row.drawn(
                            model,
                            figures.settings(),
                            judged.seconds(),
                            null,
                            figures.frechetDistance(),
                            figures.kernelDistance(),
                            figures.precisionRecall()),
                    rows,
                    done);
        }
        return new ModelComparison(
                "InceptionV3", evaluator.realPictures(), models.get(0).judged().images(), rows);
    }

    private static void add(Row row, List<Row> rows, Consumer<Row> done) {
        rows.add(row);
        done.accept(row);
    }

    private static void check(List<Compared> models, Consumer<JudgedModel> check) {
        require(!models.isEmpty(), "models", "at least one", "none");
        for (Compared model : models) {
            int images = model.judged().images();
            int first = models.get(0).judged().images();
            require(images == first, model.name(), "as many pictures as of the others, " + first, images);
            try {
                check.accept(model.judged());
            } catch (Diffusion4jException e) {
                throw new Diffusion4jException(model.name() + ": " + e.getMessage(), e);
            }
        }
    }
}
