package org.diffusion4j.server.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.server.job.Job;
import org.diffusion4j.server.job.JobPicture;
import org.diffusion4j.server.model.DrawRequest;
import org.diffusion4j.server.model.ModelTraits;
import org.diffusion4j.server.model.ServedModel;

/** Models and jobs in JSON. */
final class Json {
    /** Where the interface is. */
    static final String PREFIX = "/api/v1";

    private Json() {}

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static ObjectNode of(ServedModel model) {
        ModelTraits traits = model.traits();
        ObjectNode json = object().put("name", model.name())
                .put("kind", traits.kind().name().toLowerCase(java.util.Locale.ROOT))
                .put("in_memory", model.isInMemory())
                .put("parameters", traits.parameters());
        json.set("size", of(traits.size()));
        json.put("size_multiple", traits.sizeMultiple())
                .put("draws_without_class", traits.drawsWithoutClass())
                .put("draws_from_pictures", traits.drawsFromPictures())
                .put("needs_picture", traits.needsPicture())
                .put("guided", traits.guided());
        traits.classes().forEach(one -> json.withArray("classes")
                .addObject()
                .put("label", one.label())
                .put("name", one.name()));
        json.withArray("classes");
        for (SchedulerKind kind : SchedulerKind.values()) {
            json.withArray("samplers").add(kind.word());
        }
        json.putObject("best")
                .put("sampler", traits.sampler().word())
                .put("steps", traits.steps())
                .put("guidance", traits.guidance());
        ArrayNode loras = json.putArray("loras");
        traits.loras().forEach(loras::add);
        ArrayNode controls = json.putArray("controls");
        traits.controls().forEach(controls::add);
        json.put("drawing", model.hasDrawing() ? PREFIX + "/models/" + model.name() + "/unet.svg" : null);
        return json;
    }

    static ObjectNode of(SampleSize size) {
        return object().put("width", size.width()).put("height", size.height());
    }

    static ObjectNode of(Job job) {
        Job.Snapshot now = job.now();
        ObjectNode json = object().put("id", job.id())
                .put("model", job.model().name())
                .put("state", now.state().word())
                .put("created", job.created().toString())
                .put("ended", now.ended() == null ? null : now.ended().toString())
                .put("message", now.message());
        json.set("request", of(job.request(), job.plan().images()));
        json.set("size", of(job.plan().size()));
        json.put("steps", job.plan().steps());
        json.set("settings", of(job.plan().settings()));
        ObjectNode progress = json.putObject("progress")
                .put("share", now.progress().share())
                .put("step", now.progress().step())
                .put("steps", now.progress().steps());
        OptionalDouble left = now.progress().secondsLeft();
        progress.put("seconds_left", left.isPresent() ? left.getAsDouble() : null);
        job.plan().notes().forEach(json.withArray("notes")::add);
        json.withArray("notes");
        json.withArray("pictures");
        for (int i = 0; i < now.pictures().size(); i++) {
            json.withArray("pictures").add(of(job, i, now.pictures().get(i)));
        }
        return json;
    }

    private static ObjectNode of(Job job, int index, JobPicture picture) {
        ObjectNode json = object().put("url", PREFIX + "/jobs/" + job.id() + "/pictures/" + index)
                .put("seed", picture.seed())
                .put("label", picture.label());
        json.set("settings", of(picture.settings()));
        return json;
    }

    /** What was asked for, as it can be asked for again; a picture to draw from isn't sent back. */
    private static ObjectNode of(DrawRequest request, int images) {
        ObjectNode json = object().put("images", images)
                .put("seed", request.seed())
                .put("prompt", request.prompt())
                .put("negative_prompt", request.negativePrompt())
                .put("labels", request.labels())
                .put("width", request.size() == null ? null : request.size().width())
                .put("height", request.size() == null ? null : request.size().height())
                .put(
                        "sampler",
                        request.sampler() == null ? null : request.sampler().word())
                .put("steps", request.steps())
                .put("guidance", request.guidance())
                .put("clip_skip", request.clipSkip())
                .put(
                        "strength",
                        request.source() == null ? null : request.source().strength())
                .put("from_picture", request.source() != null)
                .put("with_mask", request.source() != null && request.source().mask() != null);
        ArrayNode loras = json.putArray("loras");
        request.loras()
                .forEach(lora -> loras.addObject().put("name", lora.name()).put("scale", lora.scale()));
        ArrayNode controls = json.putArray("controls");
        request.controls()
                .forEach(control ->
                        controls.addObject().put("name", control.name()).put("scale", control.scale()));
        ObjectNode options = json.putObject("sampler_options");
        request.samplerOptions().forEach((key, value) -> options.putPOJO(key, value));
        return json;
    }

    private static ObjectNode of(Map<String, String> texts) {
        ObjectNode json = object();
        new TreeMap<>(texts).forEach(json::put); // in the same order each time
        return json;
    }
}
