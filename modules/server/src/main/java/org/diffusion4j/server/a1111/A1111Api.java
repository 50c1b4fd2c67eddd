package org.diffusion4j.server.a1111;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.diffusion4j.server.http.Answer;
import org.diffusion4j.server.http.Call;
import org.diffusion4j.server.http.Fault;
import org.diffusion4j.server.http.Fields;
import org.diffusion4j.server.http.Router;
import org.diffusion4j.server.http.Waiting;
import org.diffusion4j.server.job.Job;
import org.diffusion4j.server.job.JobQueue;
import org.diffusion4j.server.job.JobState;
import org.diffusion4j.server.model.ServedModel;
import org.diffusion4j.server.model.ServedModels;

/** {@code /sdapi/v1}. Names that aren't known here are accepted, as the clients send all of AUTOMATIC1111's. */
public final class A1111Api {
    static final String NAME = "a1111";
    private static final String PREFIX = "/sdapi/v1";
    private static final String CHECKPOINT = "sd_model_checkpoint";

    private final ServedModels models;
    private final JobQueue jobs;
    /** What clients of this interface get if they name no model. */
    private volatile ServedModel chosen;

    private A1111Api(ServedModels models, JobQueue jobs) {
        this.models = models;
        this.jobs = jobs;
        this.chosen = models.all().get(0);
    }

    /**
     * Adds the paths.
     *
     * @param router gets the paths
     * @param models the models
     * @param jobs the jobs
     */
    public static void addTo(Router router, ServedModels models, JobQueue jobs) {
        A1111Api api = new A1111Api(models, jobs);
        router.form("/sdapi/", A1111Api::fault);
        router.addNow("GET", PREFIX + "/options", (call, path) -> api.options());
        router.addNow("POST", PREFIX + "/options", (call, path) -> api.setOptions(call));
        router.addNow("GET", PREFIX + "/sd-models", (call, path) -> api.listModels());
        router.addNow("GET", PREFIX + "/samplers", (call, path) -> FixedLists.samplers());
        router.addNow("GET", PREFIX + "/schedulers", (call, path) -> FixedLists.schedulers());
        router.addNow("GET", PREFIX + "/upscalers", (call, path) -> FixedLists.upscalers());
        router.addNow("GET", PREFIX + "/latent-upscale-modes", (call, path) -> FixedLists.nothing());
        router.addNow("GET", PREFIX + "/sd-vae", (call, path) -> FixedLists.nothing());
        router.addNow("GET", PREFIX + "/loras", (call, path) -> api.listLoras());
        router.addNow("GET", PREFIX + "/sd-modules", (call, path) -> FixedLists.nothing());
        router.addNow("GET", PREFIX + "/progress", (call, path) -> Progress.of(api.current(), skips(call)));
        router.addNow("POST", PREFIX + "/interrupt", (call, path) -> api.interrupt(call));
        router.add("POST", PREFIX + "/txt2img", (call, path) -> api.draw(call, false));
        router.add("POST", PREFIX + "/img2img", (call, path) -> api.draw(call, true));
    }

    /** As FastAPI tells of values, and as AUTOMATIC1111 tells of everything else. */
    private static Answer.Whole fault(Fault fault) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        if (fault.status() == 400 && fault.field() != null) {
            ObjectNode one = json.putArray("detail").addObject();
            one.putArray("loc").add("body").add(fault.field());
            one.put("msg", fault.getMessage()).put("type", "value_error");
            return Answer.json(422, json);
        }
        json.put("error", "HTTPException")
                .put("detail", fault.getMessage())
                .put("body", "")
                .put("errors", fault.getMessage());
        return Answer.json(fault.status(), json);
    }

    private Answer options() {
        return Answer.json(
                200,
                JsonNodeFactory.instance
                        .objectNode()
                        .put(CHECKPOINT, chosen.name())
                        .put("sd_checkpoint_hash", "")
                        .put("sd_vae", "Automatic")
                        .put("CLIP_stop_at_last_layers", 1)
                        .put("samples_format", "png"));
    }

    private Answer setOptions(Call call) {
        String wanted = Fields.read(call.body()).text(CHECKPOINT);
        if (wanted != null && !wanted.isEmpty()) {
            chosen = model(CHECKPOINT, wanted);
        }
        return options();
    }

    private ServedModel model(String field, String name) {
        return models.find(name).orElseThrow(() -> Fault.of(field, models.known(name), "an unknown one"));
    }

    private Answer listModels() {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (ServedModel model : models.all()) {
            list.addObject()
                    .put("title", model.name())
                    .put("model_name", model.name())
                    .putNull("hash")
                    .putNull("sha256")
                    .put("filename", model.name()) // and not where its files are
                    .putNull("config");
        }
        return Answer.json(200, list);
    }

    /** Those of all models: which of them fit one, its client sees when it asks. */
    private Answer listLoras() {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        models.all().stream()
                .flatMap(model -> model.traits().loras().stream())
                .distinct()
                .sorted()
                .forEach(name -> list.addObject()
                        .put("name", name)
                        .put("alias", name)
                        .put("path", name) // and not where its file is
                        .putObject("metadata"));
        return Answer.json(200, list);
    }

    private static boolean skips(Call call) {
        return "true".equalsIgnoreCase(call.parameter("skip_current_image"));
    }

    /** The job that this interface's clients mean by the current one: the oldest that is drawn, or else that waits. */
    private Optional<Job> current() {
        return jobs.unfinished().stream()
                .filter(job -> job.origin().interfaceName().equals(NAME))
                .min(Comparator.comparing(job -> job.now().state() != JobState.RUNNING));
    }

    /** The jobs of whoever asks: of those that are drawn all, as they are drawn together; if there are none, the oldest that waits. */
    private Answer interrupt(Call call) {
        List<Job> own = jobs.unfinished().stream()
                .filter(job -> job.origin().equals(new Job.Origin(NAME, call.client())))
                .toList();
        List<Job> drawn = own.stream()
                .filter(job -> job.now().state() == JobState.RUNNING)
                .toList();
        (drawn.isEmpty() ? own.stream().limit(1).toList() : drawn).forEach(jobs::cancel);
        return Answer.json(200, JsonNodeFactory.instance.objectNode());
    }

    private CompletionStage<Answer> draw(Call call, boolean fromPicture) {
        Fields fields = Fields.read(call.body());
        String wanted = fields.object("override_settings").text(CHECKPOINT);
        ServedModel model = wanted == null || wanted.isEmpty() ? chosen : model(CHECKPOINT, wanted);
        DrawFields asked = new DrawFields(fields, model.traits(), jobs.limits());
        Job job = jobs.submit(model, asked.request(fromPicture), new Job.Origin(NAME, call.client()));
        // One that was interrupted is answered, too, with what there is of it.
        return Waiting.forEnd(
                call,
                jobs,
                job,
                ended -> DrawnJson.of(ended, fields.values()),
                ended -> DrawnJson.of(ended, fields.values()));
    }
}
