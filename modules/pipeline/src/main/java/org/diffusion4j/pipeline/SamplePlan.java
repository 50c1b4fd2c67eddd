package org.diffusion4j.pipeline;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.diffusion4j.diffusion.sampler.BetaSchedulerConfig;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.diffusion.sampler.SchedulerKind;

/**
 * What is drawn, and how, with nothing left to choose: what {@link DiffusionPipeline#plan} makes of a request.
 *
 * @param images how many, at least 1
 * @param labels the class of each image; empty for none
 * @param seed image i draws its noise from seed + i
 * @param scheduler the sampler's configuration
 * @param samplerOptions what of it was asked for, or is the model's best, by diffusers' names
 * @param steps how many steps are asked of the sampler, at least 1
 * @param guidanceScale 1 is none
 */
public record SamplePlan(
        int images,
        List<Integer> labels,
        long seed,
        SchedulerConfig scheduler,
        Map<String, Object> samplerOptions,
        int steps,
        double guidanceScale) {
    /**
     * Checks what needs no model.
     *
     * @throws IllegalArgumentException if there are no images, not as many labels, or no steps
     */
    public SamplePlan {
        labels = List.copyOf(labels);
        samplerOptions = Collections.unmodifiableMap(new LinkedHashMap<>(samplerOptions));
        if (images < 1 || steps < 1 || !(labels.isEmpty() || labels.size() == images)) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "plan: expected at least 1 image, a label for each or none, and at least 1 step, found %d, %d and %d",
                    images,
                    labels.size(),
                    steps));
        }
    }

    /** @return which sampler */
    public SchedulerKind sampler() {
        return scheduler.kind();
    }

    /**
     * Some of the images, which are the same as when all are drawn.
     *
     * @param first from 0
     * @param count how many, at least 1
     * @return the plan for them
     * @throws IndexOutOfBoundsException if there are not so many
     */
    public SamplePlan part(int first, int count) {
        if (first < 0 || count < 1 || count > images - first) {
            throw new IndexOutOfBoundsException(String.format(
                    Locale.ROOT, "images: expected a part of %d, found %d from %d on", images, count, first));
        }
        List<Integer> some = labels.isEmpty() ? labels : labels.subList(first, first + count);
        return new SamplePlan(count, some, seed + first, scheduler, samplerOptions, steps, guidanceScale);
    }

    /**
     * How the images are drawn, in words, without what differs from one to the next.
     *
     * @return the sampler, its steps and options, and the guidance, by name
     */
    public Map<String, String> settings() {
        Map<String, String> settings = new TreeMap<>();
        settings.put("sampler", sampler().word());
        settings.put("steps", Integer.toString(steps));
        settings.put("guidance", Double.toString(guidanceScale));
        if (scheduler instanceof BetaSchedulerConfig spaced) {
            settings.put("timestep_spacing", spaced.timestepSpacing().diffusersName());
        }
        scheduler.callArguments().forEach((key, value) -> settings.put(key, String.valueOf(value)));
        samplerOptions.forEach((key, value) -> settings.put(key, String.valueOf(value)));
        return settings;
    }
}
