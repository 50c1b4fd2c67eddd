package org.diffusion4j.server.operation;

import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.diffusion4j.server.http.Answer;
import org.diffusion4j.server.http.HttpCounts;
import org.diffusion4j.server.http.Router;
import org.diffusion4j.server.job.Job;
import org.diffusion4j.server.job.JobCounts;
import org.diffusion4j.server.job.JobQueue;
import org.diffusion4j.server.job.JobState;
import org.diffusion4j.server.model.ServedModel;
import org.diffusion4j.server.model.ServedModels;
import org.diffusion4j.weights.file.PeakMemory;

/** {@code /metrics}, in the text format of Prometheus (0.0.4), and {@code /health}. */
public final class Metrics {
    private static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final ServedModels models;
    private final JobQueue jobs;
    private final HttpCounts http;
    private final long began = System.nanoTime();

    private Metrics(ServedModels models, JobQueue jobs, HttpCounts http) {
        this.models = models;
        this.jobs = jobs;
        this.http = http;
    }

    /**
     * Adds the paths.
     *
     * @param router gets the paths
     * @param models the models
     * @param jobs the jobs
     * @param http the answers so far
     */
    public static void addTo(Router router, ServedModels models, JobQueue jobs, HttpCounts http) {
        Metrics metrics = new Metrics(models, jobs, http);
        router.addNow(
                "GET",
                "/metrics",
                (call, path) -> Answer.of(200, CONTENT_TYPE, metrics.text().getBytes(StandardCharsets.UTF_8)));
        router.addNow("GET", "/health", (call, path) -> metrics.health());
    }

    private Answer health() {
        boolean stopping = jobs.isStopping();
        String json = stopping ? "{\"status\":\"stopping\"}" : "{\"status\":\"ok\"}";
        return Answer.of(stopping ? 503 : 200, "application/json", json.getBytes(StandardCharsets.UTF_8));
    }

    private String text() {
        PrometheusText text = new PrometheusText();
        JobCounts.Snapshot counts = jobs.counts().now();
        waiting(text);
        text.family("diffusion4j_jobs_total", "counter", "Jobs that ended, by how.");
        counts.ended().forEach((state, count) -> text.value("state", state.word(), count));
        text.family("diffusion4j_jobs_refused_total", "counter", "Jobs that weren't taken, as too many waited.");
        text.value(counts.refused());
        text.family("diffusion4j_pictures_total", "counter", "Pictures drawn.");
        text.value(counts.pictures());
        text.family("diffusion4j_step_seconds", "summary", "How long the steps of a batch take.");
        counts.steps().forEach((model, steps) -> {
            text.value("_sum", "model", model, steps.seconds());
            text.value("_count", "model", model, (double) steps.count());
        });
        text.family("diffusion4j_step_pictures_total", "counter", "The pictures of all steps, added up.");
        counts.steps().forEach((model, steps) -> text.value("model", model, steps.pictures()));
        text.family("diffusion4j_model_in_memory", "gauge", "Whether a model's weights are in memory.");
        models.all().forEach(model -> text.value("model", model.name(), model.isInMemory() ? 1 : 0));
        text.family("diffusion4j_http_answers_total", "counter", "Answers by their status.");
        http.now().forEach((status, count) -> text.value("status", Integer.toString(status), count));
        memory(text);
        text.family("diffusion4j_up_seconds", "gauge", "Since the server began.");
        text.value((System.nanoTime() - began) / 1e9);
        return text.toString();
    }

    private void waiting(PrometheusText text) {
        Map<String, Map<JobState, Integer>> byModel = new TreeMap<>();
        for (ServedModel model : models.all()) {
            byModel.put(model.name(), new EnumMap<>(Map.of(JobState.QUEUED, 0, JobState.RUNNING, 0)));
        }
        for (Job job : jobs.unfinished()) {
            byModel.get(job.model().name()).merge(job.now().state(), 1, Integer::sum);
        }
        text.family("diffusion4j_jobs_waiting", "gauge", "Jobs that wait for those before them.");
        byModel.forEach((model, states) -> text.value("model", model, states.get(JobState.QUEUED)));
        text.family("diffusion4j_jobs_running", "gauge", "Jobs that are being drawn.");
        byModel.forEach((model, states) -> text.value("model", model, states.get(JobState.RUNNING)));
    }

    private static void memory(PrometheusText text) {
        Runtime java = Runtime.getRuntime();
        text.family("diffusion4j_heap_bytes", "gauge", "Java's heap in use.");
        text.value(java.totalMemory() - java.freeMemory());
        PeakMemory.residentBytes().ifPresent(bytes -> {
            text.family("diffusion4j_resident_bytes", "gauge", "The process's memory.");
            text.value(bytes);
        });
    }

    /** Lines of Prometheus' format. */
    private static final class PrometheusText {
        private final StringBuilder lines = new StringBuilder();
        private String name;

        void family(String family, String type, String help) {
            name = family;
            lines.append("# HELP ").append(family).append(' ').append(help).append('\n');
            lines.append("# TYPE ").append(family).append(' ').append(type).append('\n');
        }

        void value(long value) {
            lines.append(name).append(' ').append(value).append('\n');
        }

        void value(double value) {
            lines.append(name).append(' ').append(number(value)).append('\n');
        }

        void value(String label, String labelled, long value) {
            value("", label, labelled, (double) value);
        }

        void value(String suffix, String label, String labelled, double value) {
            String escaped =
                    labelled.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
            lines.append(name)
                    .append(suffix)
                    .append('{')
                    .append(label)
                    .append("=\"")
                    .append(escaped)
                    .append("\"} ");
            lines.append(number(value)).append('\n');
        }

        private static String number(double value) {
            return value == Math.rint(value) && Math.abs(value) < 1e15
                    ? Long.toString((long) value)
                    : String.format(Locale.ROOT, "%.6g", value);
        }

        @Override
        public String toString() {
            return lines.toString();
        }
    }
}
