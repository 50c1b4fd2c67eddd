package org.diffusion4j.server.a1111;

import java.util.List;
import org.diffusion4j.data.SinglePicture;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.server.http.ClassWords;
import org.diffusion4j.server.http.Fault;
import org.diffusion4j.server.http.Fields;
import org.diffusion4j.server.http.RandomSeed;
import org.diffusion4j.server.http.SentPicture;
import org.diffusion4j.server.job.JobLimits;
import org.diffusion4j.server.model.DrawRequest;
import org.diffusion4j.server.model.ModelTraits;
import org.diffusion4j.server.model.ModelTraits.Kind;
import org.diffusion4j.server.model.SourcePicture;

/**
 * What {@code txt2img} and {@code img2img} ask for. Clients send all that they know whatever the model is: so a size is ignored by a
 * model that draws one size, and a guidance by one that has none. A class model takes the prompt for names of classes.
 */
record DrawFields(Fields fields, ModelTraits traits, JobLimits limits) {
    private static final int LARGEST_SIDE = 1 << 15;
    private static final double USUAL_STRENGTH = 0.75;

    DrawRequest request(boolean fromPicture) {
        Long seed = fields.whole("seed", -1, Long.MAX_VALUE);
        SamplerName sampler = sampler();
        Double guidance = fields.number("cfg_scale");
        if (guidance != null && Math.abs(guidance) > JobLimits.MOST_GUIDANCE) {
            throw Fault.of(
                    "cfg_scale",
                    "a number from -" + JobLimits.MOST_GUIDANCE + " to " + JobLimits.MOST_GUIDANCE,
                    guidance.toString());
        }
        DrawRequest.Builder request = DrawRequest.images(images())
                .seed(seed == null || seed < 0 ? RandomSeed.next() : seed)
                .sampler(sampler == null ? null : sampler.kind(), fields.small("steps", 1, limits.steps()))
                .guidance(traits.guided() ? guidance : null);
        if (sampler != null) {
            request.samplerOptions(sampler.options());
        }
        SampleSize size = size();
        String prompt = text("prompt");
        String negative = text("negative_prompt");
        SourcePicture source = fromPicture ? source() : null;
        if (traits.kind() != Kind.PROMPT) {
            return request.labels(ClassWords.of(prompt, traits)).build();
        }
        LoraTags tags = LoraTags.in(prompt);
        return request.prompt(tags.prompt(), negative.isEmpty() ? null : negative)
                .loras(tags.loras())
                .size(size)
                .source(source)
                .build();
    }

    String text(String name) {
        String text = fields.text(name);
        return text == null ? "" : text;
    }

    private int images() {
        Integer batch = fields.small("batch_size", 1, limits.images());
        Integer times = fields.small("n_iter", 1, limits.images());
        long images = (long) (batch == null ? 1 : batch) * (times == null ? 1 : times);
        if (images > limits.images()) {
            throw Fault.of("batch_size", "at most " + limits.images() + " pictures", images + "");
        }
        return (int) images;
    }

    private SampleSize size() {
        Integer width = fields.small("width", 1, LARGEST_SIDE);
        Integer height = fields.small("height", 1, LARGEST_SIDE);
        if (width == null && height == null) {
            return null;
        }
        SampleSize usual = traits.size();
        return new SampleSize(height == null ? usual.height() : height, width == null ? usual.width() : width);
    }

    private SamplerName sampler() {
        String name = fields.text("sampler_name");
        String index = name == null || name.isEmpty() ? fields.text("sampler_index") : name;
        if (index == null || index.isEmpty()) {
            return null;
        }
        SamplerName sampler = SamplerName.find(index).orElseThrow(() -> new Fault(404, "Sampler not found"));
        String spacing = fields.text("scheduler");
        // One that isn't known here has no effect: there are many, and clients send their last one.
        return spacing == null
                ? sampler
                : SamplerName.Spacing.of(spacing).map(sampler::with).orElse(sampler);
    }

    private SourcePicture source() {
        List<String> images = fields.texts("init_images");
        if (images == null || images.size() != 1) {
            throw Fault.of("init_images", "one picture", images == null ? "none" : images.size() + "");
        }
        if (!traits.drawsFromPictures()) {
            throw Fault.of("init_images", "a model that draws from pictures", "one that doesn't");
        }
        Double strength = fields.number("denoising_strength");
        if (strength != null && !(strength > 0 && strength <= 1)) {
            throw Fault.of("denoising_strength", "a number above 0 and at most 1", strength.toString());
        }
        String given = fields.text("mask");
        SinglePicture mask = given == null || given.isEmpty()
                ? null
                : SentPicture.ofText("mask", given, limits.pixels()).grey();
        return new SourcePicture(
                SentPicture.ofText("init_images", images.get(0), limits.pixels())
                        .colour(),
                mask != null && isInverted() ? mask.inverted() : mask,
                strength == null ? USUAL_STRENGTH : strength);
    }

    /** A number in AUTOMATIC1111, but some clients say true. */
    private boolean isInverted() {
        try {
            return fields.flag("inpainting_mask_invert", false);
        } catch (Fault notAFlag) {
            Long number = fields.whole("inpainting_mask_invert", 0, 1);
            return number != null && number == 1;
        }
    }
}
