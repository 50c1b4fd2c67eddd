package org.diffusion4j.server.a1111;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Base64;
import java.util.List;
import org.diffusion4j.server.http.Answer;
import org.diffusion4j.server.job.Job;
import org.diffusion4j.server.job.JobPicture;
import org.diffusion4j.server.model.DrawRequest;

/** The answer to {@code txt2img} and {@code img2img}: pictures, what was asked for, and as a text in JSON what was drawn. */
final class DrawnJson {
    private DrawnJson() {}

    static Answer of(Job job, ObjectNode asked) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ArrayNode images = json.putArray("images");
        List<JobPicture> pictures = job.now().pictures();
        for (JobPicture picture : pictures) {
            images.add(Base64.getEncoder().encodeToString(picture.png()));
        }
        ObjectNode parameters = asked.deepCopy();
        parameters.remove(List.of("init_images", "mask")); // which the client has
        json.set("parameters", parameters);
        json.put("info", info(job, pictures).toString());
        return Answer.json(200, json);
    }

    private static ObjectNode info(Job job, List<JobPicture> pictures) {
        DrawRequest request = job.request();
        String prompt = shownPrompt(request);
        String negative = request.negativePrompt() == null ? "" : request.negativePrompt();
        String sampler = sampler(job);
        ObjectNode info = JsonNodeFactory.instance
                .objectNode()
                .put("prompt", prompt)
                .put("negative_prompt", negative)
                .put("seed", request.seed())
                .put("subseed", request.seed())
                .put("subseed_strength", 0)
                .put("width", job.plan().size().width())
                .put("height", job.plan().size().height())
                .put("sampler_name", sampler)
                .put("cfg_scale", guidance(job))
                .put("steps", job.plan().steps())
                .put("batch_size", job.plan().images())
                .put("restore_faces", false)
                .put("sd_model_name", job.model().name())
                .put("clip_skip", request.clipSkip() + 1)
                .put("job_timestamp", job.created().toString())
                .put("index_of_first_image", 0);
        for (JobPicture picture : pictures) {
            info.withArray("all_prompts").add(prompt);
            info.withArray("all_negative_prompts").add(negative);
            info.withArray("all_seeds").add(picture.seed());
            info.withArray("all_subseeds").add(picture.seed());
            info.withArray("infotexts").add(text(job, prompt, negative, sampler, picture.seed()));
        }
        info.withArray("all_prompts");
        info.withArray("all_seeds");
        info.withArray("infotexts");
        return info;
    }

    private static String shownPrompt(DrawRequest request) {
        if (request.prompt() != null) {
            return LoraTags.shown(request);
        }
        return request.labels() == null ? "" : request.labels();
    }

    private static String sampler(Job job) {
        String word = job.plan().settings().get("sampler");
        return SamplerName.of(org.diffusion4j.diffusion.sampler.SchedulerKind.ofWord("sampler", word));
    }

    private static double guidance(Job job) {
        return Double.parseDouble(job.plan().settings().getOrDefault("guidance", "1"));
    }

    /** As AUTOMATIC1111 writes it, so that other programs can read it. */
    private static String text(Job job, String prompt, String negative, String sampler, long seed) {
        return prompt
                + (negative.isEmpty() ? "" : "\nNegative prompt: " + negative)
                + "\nSteps: " + job.plan().steps()
                + ", Sampler: " + sampler
                + ", CFG scale: " + guidance(job)
                + ", Seed: " + seed
                + ", Size: " + job.plan().size().width() + "x"
                + job.plan().size().height()
                + ", Model: " + job.model().name();
    }
}
