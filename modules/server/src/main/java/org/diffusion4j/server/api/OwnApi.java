package org.diffusion4j.server.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.diffusion4j.server.http.Answer;
import org.diffusion4j.server.http.Call;
import org.diffusion4j.server.http.Fault;
import org.diffusion4j.server.http.Resource;
import org.diffusion4j.server.http.Router;
import org.diffusion4j.server.job.Job;
import org.diffusion4j.server.job.JobPicture;
import org.diffusion4j.server.job.JobQueue;
import org.diffusion4j.server.model.ServedModel;
import org.diffusion4j.server.model.ServedModels;

/** Models, jobs and their pictures below {@code /api/v1}. */
public final class OwnApi {
    /** The name of this interface in a job's origin. */
    public static final String NAME = "api";

    private static final int MOST_LISTED = 200;

    private final ServedModels models;
    private final JobQueue jobs;

    private OwnApi(ServedModels models, JobQueue jobs) {
        this.models = models;
        this.jobs = jobs;
    }

    /**
     * Adds the interface's paths.
     *
     * @param router gets the paths
     * @param models the models
     * @param jobs the jobs
     */
    public static void addTo(Router router, ServedModels models, JobQueue jobs) {
        OwnApi api = new OwnApi(models, jobs);
        String prefix = Json.PREFIX;
        router.form("", OwnApi::fault);
        byte[] description = Resource.read(OwnApi.class, "openapi.json");
        router.addNow("GET", "/openapi.json", (call, path) -> Answer.of(200, "application/json", description));
        router.addNow("GET", prefix + "/models", (call, path) -> api.listModels());
        router.addNow(
                "GET",
                prefix + "/models/{name}",
                (call, path) -> Answer.json(200, Json.of(api.model(path.get("name")))));
        router.addNow("GET", prefix + "/models/{name}/unet.svg", (call, path) -> api.drawing(path.get("name")));
        router.addNow("GET", prefix + "/jobs", (call, path) -> api.listJobs());
        router.addNow("POST", prefix + "/jobs", (call, path) -> api.submit(call));
        router.addNow("GET", prefix + "/jobs/{id}", (call, path) -> Answer.json(200, Json.of(api.job(path))));
        router.addNow("DELETE", prefix + "/jobs/{id}", (call, path) -> api.delete(path));
        router.addNow("GET", prefix + "/jobs/{id}/events", (call, path) -> api.events(call, path));
        router.addNow("GET", prefix + "/jobs/{id}/pictures/{index}", (call, path) -> api.picture(path));
    }

    /** {@code {"error": {"status", "message", "field"}}}. */
    private static Answer.Whole fault(Fault fault) {
        ObjectNode json = Json.object();
        json.putObject("error")
                .put("status", fault.status())
                .put("message", fault.getMessage())
                .put("field", fault.field());
        return Answer.json(fault.status(), json);
    }

    private Answer listModels() {
        ObjectNode json = Json.object();
        json.withArray("models");
        models.all().forEach(model -> json.withArray("models").add(Json.of(model)));
        return Answer.json(200, json);
    }

    private ServedModel model(String name) {
        return models.find(name)
                .orElseThrow(() -> new Fault(404, "model: expected " + models.known(name) + ", found an unknown one"));
    }

    private Answer drawing(String name) {
        String drawing = model(name)
                .drawing()
                .orElseThrow(() ->
                        new Fault(404, "drawing: expected a network of diffusers, found one of guided-diffusion"));
        return Answer.of(200, "image/svg+xml", drawing.getBytes(StandardCharsets.UTF_8));
    }

    private Answer listJobs() {
        ObjectNode json = Json.object();
        json.withArray("jobs");
        List<Job> all = jobs.all();
        // Newest first, and no more than somebody looks at.
        for (int i = all.size() - 1; i >= Math.max(0, all.size() - MOST_LISTED); i--) {
            json.withArray("jobs").add(Json.of(all.get(i)));
        }
        return Answer.json(200, json);
    }

    private Answer submit(Call call) {
        JobRequestJson wanted = JobRequestJson.read(call.body(), jobs.limits());
        ServedModel model = wanted.model() == null
                ? models.all().get(0)
                : models.find(wanted.model())
                        .orElseThrow(() -> Fault.of("model", models.known(wanted.model()), "an unknown one"));
        Job job = jobs.submit(model, wanted.request(), new Job.Origin(NAME, call.client()));
        return Answer.json(202, Json.of(job)).with("Location", Json.PREFIX + "/jobs/" + job.id());
    }

    private Job job(Map<String, String> path) {
        return jobs.find(path.get("id"))
                .orElseThrow(() ->
                        new Fault(404, "job: expected one that is known, found another, or one that was forgotten"));
    }

    /** One that waits or is drawn is cancelled; one that ended is forgotten. */
    private Answer delete(Map<String, String> path) {
        Job job = job(path);
        if (job.now().state().isEnd()) {
            jobs.forget(job);
        } else {
            jobs.cancel(job);
        }
        return Answer.json(200, Json.of(job));
    }

    private Answer events(Call call, Map<String, String> path) {
        String previews = call.parameter("previews");
        if (previews != null && !previews.equals("true") && !previews.equals("false")) {
            throw Fault.of("previews", "true or false", "another word");
        }
        return new Answer.Events(new JobEvents(job(path), !"false".equals(previews)));
    }

    private Answer picture(Map<String, String> path) {
        List<JobPicture> pictures = job(path).now().pictures();
        String index = path.get("index");
        if (!index.matches("\\d{1,6}") || Integer.parseInt(index) >= pictures.size()) {
            throw new Fault(404, "picture: expected one of " + pictures.size() + " that are there, found another");
        }
        return Answer.of(200, "image/png", pictures.get(Integer.parseInt(index)).png());
    }
}
