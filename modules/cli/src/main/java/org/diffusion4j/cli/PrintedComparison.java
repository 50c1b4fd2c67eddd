package org.diffusion4j.cli;

import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.training.evaluate.ComparisonPlot;
import org.diffusion4j.training.evaluate.ComparisonText;
import org.diffusion4j.training.evaluate.JudgedModel;
import org.diffusion4j.training.evaluate.ModelComparison;
import org.diffusion4j.weights.file.FileReplacement;

/**
 * Compares models, each with each sampler and number of steps, in a table that grows row by row.
 *
 * @param samplers one that is null stands for the model's best
 * @param steps empty for the model's best
 * @param json whether one line of JSON is printed in place of the table
 * @param place where all is written, too; null for nowhere
 */
record PrintedComparison(
        List<SchedulerKind> samplers, List<Integer> steps, boolean json, OutputPlace place, PrintWriter out) {
    private static final String SUFFIX = ".json";
    /** As wide as the column of samplers may be in a terminal of 80 columns. */
    private static final String USUAL_WORD = "x".repeat(12);

    /** Compares, and tells each row as soon as it is there. */
    interface Comparing {
        ModelComparison compare(List<ModelComparison.Compared> models, Consumer<ModelComparison.Row> done);
    }

    /** @param wanted what is asked of a model, by sampler and steps */
    void print(
            Map<String, EvaluatedModel> models,
            BiFunction<SchedulerKind, Integer, EvaluatedModel.Wanted> wanted,
            Comparing comparing) {
        List<ModelComparison.Compared> compared = new ArrayList<>();
        models.forEach((name, model) -> {
            for (SchedulerKind sampler : samplers) {
                for (Integer number : steps.isEmpty() ? Collections.<Integer>singletonList(null) : steps) {
                    JudgedModel judged = model.judged(wanted.apply(sampler, number));
                    compared.add(new ModelComparison.Compared(shown(name, models.keySet()), judged));
                }
            }
        });
        ComparisonText table = ComparisonText.of(
                models.keySet().stream()
                        .map(name -> shown(name, models.keySet()))
                        .toList(),
                words());
        boolean[] begun = new boolean[1];
        ModelComparison comparison = comparing.compare(compared, row -> {
            if (json) {
                return;
            }
            if (!begun[0]) {
                out.println(table.heading());
                begun[0] = true;
            }
            out.println(table.line(row));
            out.flush();
        });
        if (json) {
            out.println(ComparisonText.json(comparison));
        } else {
            out.println(comparison.features());
            out.println(String.format(
                    Locale.ROOT,
                    "(%d images each; distances from %d real pictures)",
                    comparison.images(),
                    comparison.realPictures()));
        }
        if (place != null) {
            write(comparison);
        }
    }

    /** The samplers' names, of which the models' best aren't known yet. */
    private List<String> words() {
        return samplers.stream()
                .map(kind -> kind == null ? USUAL_WORD : kind.word())
                .toList();
    }

    /** A model's name without the folders that it is in, unless another one has the same. */
    private static String shown(String name, Set<String> all) {
        boolean alone =
                all.stream().filter(other -> last(other).equals(last(name))).count() == 1;
        return alone ? last(name) : name;
    }

    private static String last(String name) {
        Path file = name.startsWith("hf:") ? null : Path.of(name).getFileName();
        return file == null ? name : file.toString();
    }

    private void write(ModelComparison comparison) {
        place.makeFolder();
        String name = place.path().getFileName().toString();
        Path plot = place.path().resolveSibling(name.substring(0, name.length() - SUFFIX.length()) + ".svg");
        FileReplacement.write(place.path(), text(ComparisonText.json(comparison) + "\n"));
        FileReplacement.write(plot, text(ComparisonPlot.svg(comparison.rows())));
    }

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
