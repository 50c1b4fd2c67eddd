package org.diffusion4j.server.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import org.diffusion4j.data.SinglePicture;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.server.http.Answer;
import org.diffusion4j.server.http.Call;
import org.diffusion4j.server.http.ClassWords;
import org.diffusion4j.server.http.Fault;
import org.diffusion4j.server.http.Fields;
import org.diffusion4j.server.http.Form;
import org.diffusion4j.server.http.RandomSeed;
import org.diffusion4j.server.http.Router;
import org.diffusion4j.server.http.SentPicture;
import org.diffusion4j.server.http.Waiting;
import org.diffusion4j.server.job.Job;
import org.diffusion4j.server.job.JobPicture;
import org.diffusion4j.server.job.JobQueue;
import org.diffusion4j.server.model.DrawRequest;
import org.diffusion4j.server.model.ModelTraits.Kind;
import org.diffusion4j.server.model.ServedModel;
import org.diffusion4j.server.model.ServedModels;
import org.diffusion4j.server.model.SourcePicture;

/** OpenAI's images. Names that aren't known here are accepted, as clients send many that have no effect on a diffusion model. */
public final class OpenAiApi {
    private static final String NAME = "openai";

    private final ServedModels models;
    private final JobQueue jobs;
    private final Instant began = Instant.now();

    private OpenAiApi(ServedModels models, JobQueue jobs) {
        this.models = models;
        this.jobs = jobs;
    }

    /**
     * Adds the paths.
     *
     * @param router gets the paths
     * @param models the models
     * @param jobs the jobs
     */
    public static void addTo(Router router, ServedModels models, JobQueue jobs) {
        OpenAiApi api = new OpenAiApi(models, jobs);
        router.form("/v1/", OpenAiApi::fault);
        router.addNow("GET", "/v1/models", (call, path) -> api.listModels());
        router.addNow(
                "GET", "/v1/models/{name}", (call, path) -> Answer.json(200, api.of(api.model(path.get("name")))));
        router.add("POST", "/v1/images/generations", (call, path) -> api.generate(call));
        router.add("POST", "/v1/images/edits", (call, path) -> api.edit(call));
    }

    /** {@code {"error": {"message", "type", "param", "code"}}}. */
    private static Answer.Whole fault(Fault fault) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.putObject("error")
                .put("message", fault.getMessage())
                .put("type", type(fault.status()))
                .put("param", fault.field())
                .put("code", code(fault));
        return Answer.json(fault.status(), json);
    }

    private static String type(int status) {
        if (status == 401) {
            return "authentication_error";
        }
        return status == 429 ? "rate_limit_error" : status >= 500 ? "server_error" : "invalid_request_error";
    }

    private static String code(Fault fault) {
        return switch (fault.status()) {
            case 401 -> "invalid_api_key";
            case 429 -> "rate_limit_exceeded";
            case 404 -> "model".equals(fault.field()) ? "model_not_found" : "not_found";
            default -> null;
        };
    }

    private Answer listModels() {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("object", "list");
        ArrayNode data = json.putArray("data");
        models.all().forEach(model -> data.add(of(model)));
        return Answer.json(200, json);
    }

    private ObjectNode of(ServedModel model) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", model.name())
                .put("object", "model")
                .put("created", began.getEpochSecond())
                .put("owned_by", "diffusion4j");
    }

    private CompletionStage<Answer> generate(Call call) {
        Fields fields = Fields.read(call.body());
        ServedModel model = model(fields);
        return draw(call, fields, model, null);
    }

    private CompletionStage<Answer> edit(Call call) {
        Form form = Form.read(call);
        ServedModel model = model(form.texts());
        SentPicture image = file(form, "image", "image[]");
        if (image == null) {
            throw Fault.of("image", "a picture", "none");
        }
        SentPicture mask = file(form, "mask");
        return draw(call, form.texts(), model, source(image, mask, model));
    }

    private SentPicture file(Form form, String... names) {
        for (String name : names) {
            List<byte[]> files = form.files().getOrDefault(name, List.of());
            if (files.size() > 1) {
                throw Fault.of("image", "one picture, as these models draw from one", files.size() + " pictures");
            }
            if (!files.isEmpty()) {
                return new SentPicture(names[0], files.get(0), jobs.limits().pixels());
            }
        }
        return null;
    }

    /** What is transparent in the mask, or in the picture itself if there is no mask, is drawn anew. */
    private static SourcePicture source(SentPicture image, SentPicture mask, ServedModel model) {
        SinglePicture colour = image.colour();
        SinglePicture kept = (mask == null ? image : mask).opacity();
        if (kept.width() != colour.width() || kept.height() != colour.height()) {
            throw Fault.of(
                    "mask",
                    "the image's size " + colour.width() + "x" + colour.height(),
                    kept.width() + "x" + kept.height());
        }
        boolean isOpaque = mask == null && kept.values().minNumber().doubleValue() == 1;
        boolean anew = isOpaque && !model.traits().needsPicture();
        return new SourcePicture(colour, anew ? null : kept.inverted(), null);
    }

    private ServedModel model(Fields fields) {
        String name = fields.text("model");
        if (name == null || name.isBlank()) {
            return models.all().get(0);
        }
        return model(name);
    }

    private ServedModel model(String name) {
        return models.find(name).orElseThrow(() -> {
            Fault wrong = Fault.of("model", models.known(name), "an unknown one");
            return wrong.withStatus(404);
        });
    }

    private CompletionStage<Answer> draw(Call call, Fields fields, ServedModel model, SourcePicture source) {
        String prompt = fields.text("prompt");
        if (prompt == null || prompt.isBlank()) {
            throw Fault.of("prompt", "a text", "none");
        }
        Integer images = fields.small("n", 1, Math.min(10, jobs.limits().images()));
        String format = fields.text("response_format");
        if (format != null && !format.equals("b64_json") && !format.equals("url")) {
            throw Fault.of("response_format", "b64_json or url", "another word");
        }
        DrawRequest.Builder request =
                DrawRequest.images(images == null ? 1 : images).seed(RandomSeed.next());
        SampleSize size = size(fields.text("size"));
        if (model.traits().kind() == Kind.PROMPT) {
            // Where there is a picture to draw from, that says the size, unless another one is asked for.
            request.prompt(prompt, null).size(size).source(source);
        } else if (source != null) {
            throw Fault.of("model", "one that draws from pictures", model.name() + ", which doesn't");
        } else {
            request.labels(ClassWords.of(prompt, model.traits()));
        }
        Job job = jobs.submit(model, request.build(), new Job.Origin(NAME, call.client()));
        boolean urls = "url".equals(format);
        return Waiting.forEnd(call, jobs, job, ended -> answer(call, ended, urls), ended -> {
            throw new Fault(409, "the job was cancelled");
        });
    }

    private static SampleSize size(String text) {
        if (text == null || text.equals("auto")) {
            return null;
        }
        if (!text.toLowerCase(Locale.ROOT).matches("[1-9]\\d{0,4}x[1-9]\\d{0,4}")) {
            throw Fault.of("size", "WIDTHxHEIGHT or auto", "another text");
        }
        String[] sides = text.toLowerCase(Locale.ROOT).split("x");
        return new SampleSize(Integer.parseInt(sides[1]), Integer.parseInt(sides[0]));
    }

    private static Answer answer(Call call, Job job, boolean urls) {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("created", job.created().getEpochSecond());
        ArrayNode data = json.putArray("data");
        List<JobPicture> pictures = job.now().pictures();
        for (int i = 0; i < pictures.size(); i++) {
            if (urls) {
                data.addObject().put("url", call.base() + "/api/v1/jobs/" + job.id() + "/pictures/" + i);
            } else {
                data.addObject()
                        .put(
                                "b64_json",
                                Base64.getEncoder()
                                        .encodeToString(pictures.get(i).png()));
            }
        }
        json.put("output_format", "png")
                .put("size", job.plan().size().width() + "x" + job.plan().size().height());
        return Answer.json(200, json);
    }
}
