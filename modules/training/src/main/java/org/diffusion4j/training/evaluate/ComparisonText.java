package org.diffusion4j.training.evaluate;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.Locale;
import org.diffusion4j.training.evaluate.ModelComparison.Row;

/**
 * A comparison in a table, row by row, and in JSON.
 *
 * @param nameWidth how wide the models' names are
 * @param samplerWidth how wide the samplers' names are
 */
public record ComparisonText(int nameWidth, int samplerWidth) {
    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    private static final int MOST = 24;

    /**
     * A table for models and samplers.
     *
     * @param names the models' names
     * @param samplers the samplers' names
     * @return the table, in which no name is wider than 24 characters
     */
    public static ComparisonText of(List<String> names, List<String> samplers) {
        return new ComparisonText(
                Math.max(ModelComparison.REAL.length(), widest(names)), Math.max("sampler".length(), widest(samplers)));
    }

    private static int widest(List<String> names) {
        return Math.min(MOST, names.stream().mapToInt(String::length).max().orElse(0));
    }

    /**
     * What stands above the columns.
     *
     * @return one line
     */
    public String heading() {
        return line("", "sampler", "steps", "s/image", "accuracy", "Fréchet", "kernel", "prec.", "recall");
    }

    /**
     * A row.
     *
     * @param row the figures
     * @return one line
     */
    public String line(Row row) {
        return line(
                row.model(),
                row.sampler(),
                row.steps() == null ? "" : row.steps().toString(),
                row.secondsPerPicture() == null ? "" : String.format(Locale.ROOT, "%.3g", row.secondsPerPicture()),
                row.accuracy() == null ? "-" : String.format(Locale.ROOT, "%.1f %%", 100 * row.accuracy()),
                String.format(Locale.ROOT, "%.4g", row.frechetDistance()),
                String.format(Locale.ROOT, "%.2g", row.kernelDistance().mean()),
                String.format(Locale.ROOT, "%.3f", row.precisionRecall().precision()),
                String.format(Locale.ROOT, "%.3f", row.precisionRecall().recall()));
    }

    private String line(String model, String sampler, String... figures) {
        StringBuilder line = new StringBuilder(padded(model, nameWidth))
                .append(' ')
                .append(padded(sampler, samplerWidth))
                .append(String.format(Locale.ROOT, " %5s", figures[0]));
        line.append(String.format(Locale.ROOT, " %7s %8s", figures[1], figures[2]));
        line.append(String.format(Locale.ROOT, " %7s %8s", figures[3], figures[4]));
        return line.append(String.format(Locale.ROOT, " %5s %6s", figures[5], figures[6]))
                .toString();
    }

    private static String padded(String name, int width) {
        String shown = name.length() > width ? name.substring(0, width - 1) + "…" : name;
        return shown + " ".repeat(width - shown.length());
    }

    /**
     * All figures.
     *
     * @param comparison the figures
     * @return an object in one line, with the components of {@link ModelComparison} in snake case
     */
    public static String json(ModelComparison comparison) {
        return JSON.valueToTree(comparison).toString();
    }
}
