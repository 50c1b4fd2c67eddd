package org.diffusion4j.server.api;

import java.util.List;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.server.http.Fault;
import org.diffusion4j.server.http.Fields;
import org.diffusion4j.server.http.SentPicture;
import org.diffusion4j.server.job.JobLimits;
import org.diffusion4j.server.model.DrawRequest;
import org.diffusion4j.server.model.SourcePicture;

/**
 * What a client of the server's own interface wants.
 *
 * @param model the name of a model; null for the first one
 * @param request what is to be drawn
 */
record JobRequestJson(String model, DrawRequest request) {
    private static final int LARGEST_SIDE = 1 << 15;

    /** Reads it; names that aren't known are refused. */
    static JobRequestJson read(byte[] body, JobLimits limits) {
        Fields fields = Fields.read(body);
        String model = fields.text("model");
        Long seed = fields.whole("seed", Long.MIN_VALUE, Long.MAX_VALUE);
        DrawRequest.Builder request = DrawRequest.images(fields.small("images", 1, limits.images()))
                .seed(seed == null ? 0 : seed)
                .prompt(fields.text("prompt"), fields.text("negative_prompt"))
                .labels(labels(fields.texts("labels")))
                .size(size(fields))
                .sampler(sampler(fields.text("sampler")), fields.small("steps", 1, limits.steps()))
                .guidance(fields.number("guidance"))
                .samplerOptions(fields.object("sampler_options").all());
        Integer clipSkip = fields.small("clip_skip", 0, 100);
        request.clipSkip(clipSkip == null ? 0 : clipSkip).source(source(fields, limits));
        request.loras(fields.objects("loras").stream().map(JobRequestJson::lora).toList())
                .controls(fields.objects("controls").stream()
                        .map(control -> control(control, limits))
                        .toList());
        fields.requireKnown();
        return new JobRequestJson(model, request.build());
    }

    private static String labels(List<String> labels) {
        return labels == null ? null : String.join(",", labels);
    }

    private static SampleSize size(Fields fields) {
        Integer width = fields.small("width", 1, LARGEST_SIDE);
        Integer height = fields.small("height", 1, LARGEST_SIDE);
        if ((width == null) != (height == null)) {
            throw Fault.of(width == null ? "width" : "height", "one beside the other", "none");
        }
        return width == null ? null : new SampleSize(height, width);
    }

    private static SchedulerKind sampler(String word) {
        try {
            return word == null ? null : SchedulerKind.ofWord("sampler", word);
        } catch (IllegalArgumentException e) {
            throw Fault.of(e.getMessage(), e);
        }
    }

    private static DrawRequest.Lora lora(Fields fields) {
        DrawRequest.Lora lora = new DrawRequest.Lora(required("loras.name", fields.text("name")), scale(fields));
        fields.requireKnown();
        return lora;
    }

    private static DrawRequest.Control control(Fields fields, JobLimits limits) {
        String name = required("controls.name", fields.text("name"));
        String image = required("controls.image", fields.text("image"));
        double scale = scale(fields);
        fields.requireKnown();
        return new DrawRequest.Control(
                name,
                SentPicture.ofText("controls.image", image, limits.pixels()).colour(),
                scale);
    }

    private static String required(String name, String text) {
        if (text == null) {
            throw Fault.of(name, "a text", "none");
        }
        return text;
    }

    private static double scale(Fields fields) {
        Double scale = fields.number("scale");
        return scale == null ? 1 : scale;
    }

    private static SourcePicture source(Fields fields, JobLimits limits) {
        String image = fields.text("init_image");
        String mask = fields.text("mask");
        Double strength = fields.number("strength");
        if (image == null) {
            if (mask != null || strength != null) {
                throw Fault.of(mask != null ? "mask" : "strength", "an init_image beside it", "none");
            }
            return null;
        }
        if (strength != null && !(strength > 0 && strength <= 1)) {
            throw Fault.of("strength", "a number above 0 and at most 1", strength.toString());
        }
        return new SourcePicture(
                SentPicture.ofText("init_image", image, limits.pixels()).colour(),
                mask == null
                        ? null
                        : SentPicture.ofText("mask", mask, limits.pixels()).grey(),
                strength);
    }
}
