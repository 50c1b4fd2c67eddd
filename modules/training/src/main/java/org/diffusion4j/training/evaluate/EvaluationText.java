package org.diffusion4j.training.evaluate;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The figures of an evaluation in words, and in JSON. */
public final class EvaluationText {
    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    private EvaluationText() {}

    /**
     * All figures.
     *
     * @param evaluation the figures
     * @param seconds how long it took
     * @return an object in one line, with the components of {@link Evaluation} in snake case and {@code seconds}
     */
    public static String json(Evaluation evaluation, double seconds) {
        return timed(evaluation, seconds);
    }

    /**
     * The published distances.
     *
     * @param figures the figures
     * @param seconds how long it took
     * @return an object in one line, with the components of {@link InceptionEvaluator.Figures} in snake case and {@code seconds}
     */
    public static String json(InceptionEvaluator.Figures figures, double seconds) {
        return timed(figures, seconds);
    }

    private static String timed(Object figures, double seconds) {
        ObjectNode line = JSON.valueToTree(figures);
        return line.put("seconds", Math.rint(seconds * 10) / 10).toString();
    }

    /**
     * The published distances.
     *
     * @param figures the figures
     * @param seconds how long it took
     * @return lines of text
     */
    public static List<String> lines(InceptionEvaluator.Figures figures, double seconds) {
        return List.of(
                drawnWith(figures.settings()),
                String.format(
                        Locale.ROOT,
                        "Fréchet inception distance of %d images from %d real ones: %.4g",
                        figures.images(),
                        figures.realPictures(),
                        figures.frechetDistance()),
                String.format(Locale.ROOT, "kernel inception distance: %s", kernel(figures.kernelDistance())),
                String.format(
                        Locale.ROOT,
                        "precision %s, recall %s (%.1f s)",
                        share(figures.precisionRecall().precision()),
                        share(figures.precisionRecall().recall()),
                        seconds));
    }

    private static String drawnWith(Map<String, String> settings) {
        return "drawn with: "
                + settings.entrySet().stream()
                        .map(setting -> setting.getKey() + " " + setting.getValue())
                        .collect(Collectors.joining(", "));
    }

    /**
     * A small table.
     *
     * @param evaluation the figures
     * @param seconds how long it took
     * @return its lines
     */
    public static List<String> lines(Evaluation evaluation, double seconds) {
        Evaluation.Figures real = evaluation.heldOut();
        Evaluation.Figures generated = evaluation.generated();
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "feature network: %s, on %d real pictures",
                evaluation.featureNetwork(),
                evaluation.trainingPictures()));
        if (!evaluation.settings().isEmpty()) {
            lines.add(drawnWith(evaluation.settings()));
        }
        lines.add(row("", "real, held out", "generated"));
        lines.add(row("images", "" + evaluation.heldOutImages(), "" + evaluation.images()));
        lines.add(row("accuracy", accuracy(real), accuracy(generated)));
        lines.add(row("Fréchet distance", distance(real), distance(generated)));
        lines.add(row("kernel distance", kernel(real.kernelDistance()), kernel(generated.kernelDistance())));
        PrecisionRecall realShares = real.precisionRecall();
        PrecisionRecall shares = generated.precisionRecall();
        lines.add(row("precision", share(realShares.precision()), share(shares.precision())));
        lines.add(row("recall", share(realShares.recall()), share(shares.recall())));
        if (generated.accuracy() == null) {
            lines.add(row("taken for", "", ""));
            List<String> names = evaluation.classNames();
            for (int i = 0; i < names.size(); i++) {
                lines.add(row(
                        "  " + names.get(i),
                        "" + real.predicted().get(i),
                        "" + generated.predicted().get(i)));
            }
        }
        lines.add(String.format(
                Locale.ROOT,
                "(distances from %d real pictures that the network learned from; %.1f s)",
                evaluation.referencePictures(),
                seconds));
        return lines;
    }

    private static String row(String name, String real, String generated) {
        return String.format(Locale.ROOT, "%-20s %16s %16s", name, real, generated);
    }

    private static String accuracy(Evaluation.Figures figures) {
        return figures.accuracy() == null
                ? "no classes"
                : String.format(Locale.ROOT, "%.2f %%", 100 * figures.accuracy());
    }

    private static String distance(Evaluation.Figures figures) {
        return String.format(Locale.ROOT, "%.4g", figures.frechetDistance());
    }

    private static String share(double share) {
        return String.format(Locale.ROOT, "%.3f", share);
    }

    private static String kernel(KernelDistance distance) {
        return String.format(Locale.ROOT, "%.3g ± %.1g", distance.mean(), distance.deviation());
    }
}
