package org.diffusion4j.server.run;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.diffusion4j.server.http.Answer;
import org.diffusion4j.server.http.EventSource;
import org.diffusion4j.server.http.Fault;
import org.diffusion4j.server.http.Router;
import org.diffusion4j.training.record.RunMetrics;
import org.diffusion4j.training.record.ThinnedCurve;

/** Training runs below {@code /api/v1/runs}. */
public final class RunsApi {
    private static final String PREFIX = "/api/v1/runs";
    /** Points of a curve that is sent; a page shows no more. */
    private static final int POINTS = 400;

    private static final int DIGITS = 6;

    private final RunFolders runs;

    private RunsApi(RunFolders runs) {
        this.runs = runs;
    }

    /**
     * Adds the paths.
     *
     * @param router gets the paths
     * @param runs the runs
     */
    public static void addTo(Router router, RunFolders runs) {
        RunsApi api = new RunsApi(runs);
        router.addNow("GET", PREFIX, (call, path) -> api.list());
        router.addNow("GET", PREFIX + "/{name}", (call, path) -> Answer.json(200, whole(api.run(path.get("name")))));
        router.addNow(
                "GET",
                PREFIX + "/{name}/events",
                (call, path) -> new Answer.Events(new Changes(api.run(path.get("name")))));
        router.addNow(
                "GET",
                PREFIX + "/{name}/samples/{step}",
                (call, path) -> sample(api.run(path.get("name")), path.get("step")));
    }

    private Answer list() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ArrayNode list = json.putArray("runs");
        runs.all().forEach(run -> list.add(brief(run, run.metrics())));
        return Answer.json(200, json);
    }

    private TrainingRunView run(String name) {
        return runs.find(name).orElseThrow(() -> new Fault(404, "run: expected one that is there, found another"));
    }

    private static Answer sample(TrainingRunView run, String step) {
        return (step.matches("\\d{1,18}") ? run.sample(Long.parseLong(step)) : java.util.Optional.<byte[]>empty())
                .map(png -> Answer.of(200, "image/png", png))
                .orElseThrow(() -> new Fault(404, "sample: expected a step after which one was drawn, found another"));
    }

    private static ObjectNode brief(TrainingRunView run, RunMetrics metrics) {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("name", run.name())
                .put("steps", metrics.steps())
                .put(
                        "planned_steps",
                        run.description().path("plan").path("steps").asLong());
        number(json, "loss", metrics.finalLoss());
        number(json, "images_per_second", metrics.meanImagesPerSecond());
        return json;
    }

    private static void number(ObjectNode json, String name, double value) {
        json.put(name, Double.isFinite(value) ? rounded(value) : null);
    }

    private static Double rounded(double value) {
        return new java.math.BigDecimal(value)
                .round(new java.math.MathContext(DIGITS))
                .doubleValue();
    }

    private static ObjectNode whole(TrainingRunView run) {
        RunMetrics metrics = run.metrics();
        ObjectNode json = brief(run, metrics);
        ObjectNode curves = json.putObject("curves");
        curves.set("loss", points(metrics.loss()));
        curves.set("gradient_norm", points(metrics.gradientNorm()));
        curves.set("learning_rate", points(metrics.learningRate()));
        curves.set("images_per_second", points(metrics.imagesPerSecond()));
        ArrayNode samples = json.putArray("samples");
        run.samples().forEach(samples::add);
        json.set("description", run.description());
        return json;
    }

    /** {@code [step, mean, smoothed]} for each point. */
    private static ArrayNode points(ThinnedCurve curve) {
        List<ThinnedCurve.Point> points = curve.points();
        double[] smoothed = ThinnedCurve.smoothed(points);
        ArrayNode json = JsonNodeFactory.instance.arrayNode();
        int every = Math.max(1, (points.size() + POINTS - 1) / POINTS);
        for (int i = 0; i < points.size(); i += every) {
            ThinnedCurve.Point point = points.get(i);
            if (Double.isFinite(point.mean()) && Double.isFinite(smoothed[i])) {
                json.addArray().add(point.step()).add(rounded(point.mean())).add(rounded(smoothed[i]));
            }
        }
        return json;
    }

    /** The run, now and whenever its files have changed, until the client goes away. */
    private static final class Changes implements EventSource {
        private static final long BETWEEN_LOOKS_NANOS = 1_000_000_000L;

        private final TrainingRunView run;
        private TrainingRunView.Stamp seen;
        private long looked;

        Changes(TrainingRunView run) {
            this.run = run;
        }

        @Override
        public List<Event> next() {
            long now = System.nanoTime();
            if (seen != null && now - looked < BETWEEN_LOOKS_NANOS) {
                return List.of();
            }
            looked = now;
            TrainingRunView.Stamp stamp = run.stamp();
            if (stamp.equals(seen)) {
                return List.of();
            }
            seen = stamp;
            return List.of(new Event("run", whole(run)));
        }

        @Override
        public boolean isEnd() {
            return false;
        }
    }
}
