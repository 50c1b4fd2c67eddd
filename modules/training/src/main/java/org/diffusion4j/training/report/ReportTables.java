package org.diffusion4j.training.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.diffusion4j.training.record.RecordText;
import org.diffusion4j.training.record.ReportNumber;
import org.diffusion4j.training.record.RunDescription;
import org.diffusion4j.training.record.RunMetrics;

/** What a run was asked for and how long it took, as the report's tables. */
final class ReportTables {
    private static final String PICTURES = "pictures";

    private ReportTables() {}

    /** @param description all that {@link RunDescription} has; what is added to it later gets a table as well */
    static List<Map<String, Object>> of(JsonNode description, long imagesPerStep, RunMetrics metrics) {
        List<Map<String, Object>> tables = new ArrayList<>();
        tables.add(table("Pictures", pictures(description.path(PICTURES))));
        if (metrics.meanImagesPerSecond() > 0) {
            tables.add(table("Timings", timings(imagesPerStep, metrics)));
        }
        Map<String, String> titles = new LinkedHashMap<>();
        titles.put("plan", "Plan");
        titles.put("scheduler", "Noise schedule");
        titles.put("network", "Network");
        description.fieldNames().forEachRemaining(name -> titles.putIfAbsent(name, RecordText.words(name)));
        titles.remove(PICTURES);
        titles.forEach((name, title) -> {
            if (!description.path(name).isEmpty()) {
                tables.add(table(title, settings(description.path(name))));
            }
        });
        return tables;
    }

    private static Map<String, Object> table(String title, Map<String, String> rows) {
        return Map.of("title", title, "rows", rows);
    }

    private static Map<String, String> pictures(JsonNode pictures) {
        Map<String, String> rows = new LinkedHashMap<>();
        rows.put("count", ReportNumber.whole(pictures.path("count").asLong()));
        rows.put(
                "size",
                String.format(
                        Locale.ROOT,
                        "%s×%s pixels",
                        pictures.path("width").asText(),
                        pictures.path("height").asText()));
        rows.put("channels", pictures.path("channels").asText());
        String classes = pictures.path("classes").asText();
        rows.put("classes", classes.isEmpty() ? "none" : classes);
        return rows;
    }

    private static Map<String, String> timings(long imagesPerStep, RunMetrics metrics) {
        double image = 1 / metrics.meanImagesPerSecond();
        Map<String, String> rows = new LinkedHashMap<>();
        rows.put("an image", ReportNumber.duration(image));
        rows.put("a step", ReportNumber.duration(imagesPerStep * image));
        rows.put("1,000 steps", ReportNumber.duration(1000 * imagesPerStep * image));
        rows.put(
                String.format(Locale.ROOT, "all %s steps", ReportNumber.whole(metrics.steps())),
                ReportNumber.duration(metrics.steps() * imagesPerStep * image));
        return rows;
    }

    private static Map<String, String> settings(JsonNode values) {
        Map<String, String> rows = new LinkedHashMap<>();
        values.properties().forEach(entry -> {
            String text = entry.getValue().asText();
            boolean none = text.isEmpty() || text.equals("null") || text.equals("[]");
            rows.put(RecordText.words(entry.getKey()), none ? "none" : RecordText.of(entry.getKey(), text));
        });
        return rows;
    }
}
