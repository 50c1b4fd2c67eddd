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
 * What is drawn, and how, with everything decided: {@link DiffusionPipeline#plan} makes it from a request.
 *
 * @param images the number of images, at least 1
 * @param labels the class of each image; empty if there are none
 * @param seed the seed of the first image; image i has seed + i
 * @param scheduler the sampler's configuration
 * @param samplerOptions those of its options that were asked for or are the model's best, by diffusers' names
 * @param steps the number of steps that the sampler is asked for, at least 1
 * @param guidanceScale the guidance scale; 1 means no guidance
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
     * Checks what can be checked without a model.
     *
     * @throws IllegalArgumentException if there are no images, the number of labels isn't 0 or that of the images, or there
     *     are no steps
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

    /** @return the kind of sampler */
    public SchedulerKind sampler() {
        return scheduler.kind();
    }

    /**
     * A plan for some of the images, which become the same as when all are drawn.
     *
     * @param first the first image, from 0
     * @param count the number of images, at least 1
     * @return the plan for them
     * @throws IndexOutOfBoundsException if there aren't so many images
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
     * The settings with which the images are drawn, in words, without those that differ from one image to the next.
     *
     * @return the sampler, its steps and options, and the guidance, by name
     */
    public Map<String, String> settings() {
        Map<String, String> settings = new TreeMap<>();
        settings.put("sampler", sampler().word());
        settings.put("steps", Integer.toString(steps));
        settings.put("guidance", Double.toString(guidanceScale));
        if (scheduler instanceof BetaSchedulerConfig spaced) {
            settings.put("timestep_spacing", spaced.timestepSpacing().configName());
        }
        scheduler.callArguments().forEach((key, value) -> settings.put(key, String.valueOf(value)));
        samplerOptions.forEach((key, value) -> settings.put(key, String.valueOf(value)));
        return settings;
    }
}
