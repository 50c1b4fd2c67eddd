package org.diffusion4j.training.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import freemarker.template.Configuration;
import freemarker.template.TemplateException;
import freemarker.template.TemplateExceptionHandler;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.training.record.ReportNumber;
import org.diffusion4j.training.record.RunDescription;
import org.diffusion4j.training.record.RunMetrics;
import org.diffusion4j.training.record.SampleFile;
import org.diffusion4j.training.record.ThinnedCurve;
import org.diffusion4j.training.report.ReportChart.Kind;
import org.diffusion4j.weights.file.FileReplacement;

/**
 * {@code report.html}: what a run was asked for and what it came to, in one page that needs nothing else, neither a network
 * nor scripts. Its structure is in {@code report.ftlh}.
 */
public final class TrainingReport {
    /** The largest number of grids. A page with all grids of a long run would be too large to open. */
    private static final int MOST_SAMPLES = 48;

    private static final long MOST_SAMPLE_BYTES = 16_000_000;

    /** Pixels: a picture that isn't as wide is shown larger than it is, with each of its pixels a square. */
    private static final int ENLARGED_BELOW = 400;

    private static final int TABLE_ROWS = 20;

    private static final Configuration TEMPLATES = templates();

    private TrainingReport() {}

    private static Configuration templates() {
        Configuration templates = new Configuration(Configuration.VERSION_2_3_34); // .ftlh: what is inserted is escaped
        templates.setClassForTemplateLoading(TrainingReport.class, "");
        templates.setDefaultEncoding(StandardCharsets.UTF_8.name());
        templates.setLocale(Locale.ROOT);
        templates.setTemplateExceptionHandler(TemplateExceptionHandler.RETHROW_HANDLER);
        templates.setLogTemplateExceptions(false);
        return templates;
    }

    /**
     * Writes the report of a run, of one that isn't at its end as well.
     *
     * @param folder of a run; {@code report.html} in it is replaced
     * @throws Diffusion4jException if there is no run in it, or something in it can't be read or written
     */
    public static void write(Path folder) {
        RunDescription description = RunDescription.read(folder);
        if (description == null) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "%s: expected the folder of a training run, found no run.json", folder));
        }
        Map<String, Object> page = page(folder, description.values(), RunMetrics.read(folder.resolve("metrics.jsonl")));
        FileReplacement.write(folder.resolve("report.html"), channel -> {
            Writer writer = Channels.newWriter(channel, StandardCharsets.UTF_8);
            try {
                TEMPLATES.getTemplate("report.ftlh").process(page, writer);
            } catch (TemplateException e) {
                throw new IllegalStateException("the template doesn't go with what is made for it", e);
            }
            writer.flush(); // not closed, since the channel belongs to the caller
        });
    }

    private static Map<String, Object> page(Path folder, ObjectNode description, RunMetrics metrics) {
        long planned = description.path("plan").path("steps").asLong();
        Map<String, Object> page = new LinkedHashMap<>();
        page.put("name", String.valueOf(folder.toAbsolutePath().normalize().getFileName()));
        page.put("finished", metrics.steps() >= planned);
        page.put("figures", figures(description, metrics));
        page.put("charts", charts(metrics));
        page.put("values", values(metrics));
        page.put("samples", samples(folder.resolve("samples")));
        page.put("tables", ReportTables.of(description, imagesPerStep(description), metrics));
        return page;
    }

    private static long imagesPerStep(ObjectNode description) {
        JsonNode plan = description.path("plan");
        return plan.path("batchSize").asLong() * plan.path("accumulation").asLong();
    }

    private static List<Map<String, String>> figures(ObjectNode description, RunMetrics metrics) {
        long planned = description.path("plan").path("steps").asLong();
        List<Map<String, String>> figures = new ArrayList<>();
        figures.add(figure("Steps", ReportNumber.whole(metrics.steps()), "of " + ReportNumber.whole(planned)));
        if (metrics.steps() == 0) {
            return figures;
        }
        long images = metrics.steps() * imagesPerStep(description);
        long pictures = description.path("pictures").path("count").asLong();
        figures.add(figure(
                "Images seen",
                ReportNumber.whole(images),
                images < pictures || pictures <= 0
                        ? String.format(Locale.ROOT, "of %s pictures", ReportNumber.whole(pictures))
                        : String.format(
                                Locale.ROOT,
                                "each of %s pictures %s×",
                                ReportNumber.whole(pictures),
                                ReportNumber.decimal((double) images / pictures, 2))));
        if (metrics.finalSteps() > 0) {
            String over = metrics.finalSteps() == 1
                    ? "of the step"
                    : String.format(Locale.ROOT, "mean of the last %d steps", metrics.finalSteps());
            figures.add(figure(
                    metrics.steps() < planned ? "Latest loss" : "Final loss",
                    ReportNumber.decimal(metrics.finalLoss(), 3),
                    over));
        }
        if (metrics.meanImagesPerSecond() > 0) {
            figures.add(
                    figure("Images per second", ReportNumber.decimal(metrics.meanImagesPerSecond(), 3), "on average"));
            figures.add(figure(
                    "Time in steps",
                    ReportNumber.duration(images / metrics.meanImagesPerSecond()),
                    "without checkpoints and samples"));
        }
        return figures;
    }

    private static Map<String, String> figure(String label, String value, String note) {
        return Map.of("label", label, "value", value, "note", note);
    }

    private static List<Map<String, Object>> charts(RunMetrics metrics) {
        Map<ReportChart.Heading, ThinnedCurve> curves = new LinkedHashMap<>();
        curves.put(
                new ReportChart.Heading("loss", "Loss", "error of the prediction, as it is learnt from", Kind.NOISY),
                metrics.loss());
        curves.put(
                new ReportChart.Heading(
                        "gradient-norm", "Gradient norm", "of all parameters, before clipping", Kind.NOISY),
                metrics.gradientNorm());
        curves.put(
                new ReportChart.Heading("learning-rate", "Learning rate", "of each step", Kind.STEADY),
                metrics.learningRate());
        curves.put(
                new ReportChart.Heading(
                        "images-per-second", "Images per second", "over the ten seconds before each step", Kind.STEADY),
                metrics.imagesPerSecond());
        return curves.entrySet().stream()
                .filter(curve -> !curve.getValue().points().isEmpty())
                .map(curve -> ReportChart.of(curve.getKey(), curve.getValue(), metrics.steps()))
                .toList();
    }

    /** The curves for those who can't see them: some rows, each about the mean of its steps. */
    private static List<List<String>> values(RunMetrics metrics) {
        List<ThinnedCurve> curves =
                List.of(metrics.loss(), metrics.gradientNorm(), metrics.learningRate(), metrics.imagesPerSecond());
        List<List<String>> rows = new ArrayList<>();
        long before = 0;
        for (int i = 1; i <= TABLE_ROWS; i++) {
            long until = Math.round((double) metrics.steps() * i / TABLE_ROWS);
            if (until > before) {
                List<String> row = new ArrayList<>();
                row.add(
                        until == before + 1
                                ? ReportNumber.whole(until)
                                : ReportNumber.whole(before + 1) + "–" + ReportNumber.whole(until));
                for (ThinnedCurve curve : curves) {
                    double mean = curve.mean(before, until);
                    row.add(Double.isNaN(mean) ? "–" : ReportNumber.decimal(mean, 3));
                }
                rows.add(row);
                before = until;
            }
        }
        return rows;
    }

    private static Map<String, Object> samples(Path folder) {
        List<SampleFile> all = SampleFile.list(folder);
        List<Map<String, Object>> shown = new ArrayList<>();
        for (SampleFile file : spread(all)) {
            SampleFile.Embedded picture = file.embedded();
            shown.add(Map.of(
                    "step", ReportNumber.whole(file.step()),
                    "width", Integer.toString(picture.width()),
                    "height", Integer.toString(picture.height()),
                    "small", picture.width() < ENLARGED_BELOW,
                    "base64", picture.base64()));
        }
        return Map.of("shown", shown, "all", ReportNumber.whole(all.size()), "left_out", shown.size() < all.size());
    }

    /** As many grids as a page can have, at even distances, including the last. */
    private static List<SampleFile> spread(List<SampleFile> all) {
        long largest =
                Math.max(1, all.stream().mapToLong(SampleFile::bytes).max().orElse(1));
        int count = (int) Math.max(1, Math.min(MOST_SAMPLES, MOST_SAMPLE_BYTES / largest));
        if (all.size() <= count) {
            return all;
        }
        List<SampleFile> chosen = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            chosen.add(all.get((int) ((long) all.size() * i / count) - 1));
        }
        return chosen;
    }
}
