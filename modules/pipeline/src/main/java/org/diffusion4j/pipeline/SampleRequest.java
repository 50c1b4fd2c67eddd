package org.diffusion4j.pipeline;

import static org.diffusion4j.Requirement.require;
import static org.diffusion4j.Requirement.requireWithin;

import java.io.Serializable;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.diffusion4j.diffusion.sampler.SchedulerKind;

/**
 * What is to be drawn, and how. {@link DiffusionPipeline#plan} replaces null by the model's own best setting if the model
 * names one, otherwise by diffusers' default.
 *
 * @param images the number of images, 1 to 1,000,000
 * @param labels the class of each image; empty if there are none
 * @param labelNames the class of each image by its name, as {@link ClassLabels#find} takes it, in place of labels; empty if
 *     there are none
 * @param seed the seed of the first image; image i has seed + i
 * @param sampler the kind of sampler
 * @param steps the number of steps, at least 1
 * @param guidanceScale the guidance scale; 1 means no guidance
 * @param samplerOptions the sampler's options by diffusers' names, such as {@code eta} or {@code timestep_spacing}: the
 *     keys of its configuration
 */
public record SampleRequest(
        int images,
        List<Integer> labels,
        List<String> labelNames,
        long seed,
        SchedulerKind sampler,
        Integer steps,
        Double guidanceScale,
        Map<String, Object> samplerOptions)
        implements Serializable {
    /** The labels are a list with one element per image, so their number is limited. */
    private static final int MOST_IMAGES = 1_000_000;

    /** Checks what can be checked without a model. */
    public SampleRequest {
        labels = List.copyOf(labels);
        labelNames = List.copyOf(labelNames);
        samplerOptions = Collections.unmodifiableMap(new LinkedHashMap<>(samplerOptions));
        requireWithin("images", 1, MOST_IMAGES, images);
        require(labels.isEmpty() || labels.size() == images, "labels", "one per image (" + images + ")", labels.size());
        require(
                labelNames.isEmpty() || labelNames.size() == images,
                "labels",
                "one per image (" + images + ")",
                labelNames.size());
        require(labels.isEmpty() || labelNames.isEmpty(), "labels", "numbers or names", "both");
        require(steps == null || steps >= 1, "steps", "at least 1", steps);
        require(guidanceScale == null || Double.isFinite(guidanceScale), "guidance", "a finite number", guidanceScale);
    }

    /**
     * Begins a request for a number of images, which leaves everything else open.
     *
     * @param images 1 to 1,000,000
     * @return a builder with seed 0 and no labels
     */
    public static Builder images(int images) {
        return new Builder(images);
    }

    /**
     * A builder that starts from this request.
     *
     * @return a builder with its values
     */
    public Builder toBuilder() {
        return new Builder(images)
                .labels(labels)
                .labelNames(labelNames)
                .seed(seed)
                .sampler(sampler)
                .steps(steps)
                .guidanceScale(guidanceScale)
                .samplerOptions(samplerOptions);
    }

    /** Collects the parts of a request. */
    public static final class Builder {
        private final int images;
        private List<Integer> labels = List.of();
        private List<String> labelNames = List.of();
        private long seed;
        private SchedulerKind sampler;
        private Integer steps;
        private Double guidanceScale;
        private final Map<String, Object> samplerOptions = new LinkedHashMap<>();

        private Builder(int images) {
            this.images = images;
        }

        /**
         * Sets the class of each image.
         *
         * @param labels one per image, or none
         * @return this
         */
        public Builder labels(List<Integer> labels) {
            this.labels = labels;
            return this;
        }

        /**
         * Sets the class of each image by its name, in place of {@link #labels}.
         *
         * @param labelNames one per image, or none
         * @return this
         */
        public Builder labelNames(List<String> labelNames) {
            this.labelNames = labelNames;
            return this;
        }

        /**
         * Spreads classes over the images in order: with 40 images and 10 classes, the first 4 images have the first class.
         *
         * @param classes at least one class, and at most as many as there are images
         * @return this
         */
        public Builder spread(List<Integer> classes) {
            this.labels = spreadOver(classes);
            return this;
        }

        /**
         * Spreads classes over the images in order, by their names.
         *
         * @param classes at least one class, and at most as many as there are images
         * @return this
         */
        public Builder spreadNames(List<String> classes) {
            this.labelNames = spreadOver(classes);
            return this;
        }

        private <T> List<T> spreadOver(List<T> classes) {
            require(
                    !classes.isEmpty() && classes.size() <= images,
                    "labels",
                    "1 to " + images + " (images)",
                    classes.size());
            // If the number of images can't be divided evenly, the first classes have one image more.
            return IntStream.range(0, classes.size())
                    .boxed()
                    .flatMap(row -> Collections.nCopies(
                            images / classes.size() + (row < images % classes.size() ? 1 : 0), classes.get(row))
                            .stream())
                    .toList();
        }

        /**
         * Sets the seed.
         *
         * @param seed the seed of the first image; image i has seed + i
         * @return this
         */
        public Builder seed(long seed) {
            this.seed = seed;
            return this;
        }

        /**
         * Sets the sampler.
         *
         * @param sampler the kind of sampler; null for the model's best
         * @return this
         */
        public Builder sampler(SchedulerKind sampler) {
            this.sampler = sampler;
            return this;
        }

        /**
         * Sets the number of steps.
         *
         * @param steps at least 1; null for the model's best
         * @return this
         */
        public Builder steps(Integer steps) {
            this.steps = steps;
            return this;
        }

        /**
         * Sets the guidance scale.
         *
         * @param guidanceScale the guidance scale; 1 means no guidance; null for the model's best
         * @return this
         */
        public Builder guidanceScale(Double guidanceScale) {
            this.guidanceScale = guidanceScale;
            return this;
        }

        /**
         * Sets an option of the sampler.
         *
         * @param key diffusers' name, such as {@code eta}, {@code use_clipped_model_output}, {@code timestep_spacing} or
         *     {@code use_karras_sigmas}
         * @param value a boolean, a number, a word or a list of numbers, as diffusers has it; null for the model's best
         * @return this
         */
        public Builder samplerOption(String key, Object value) {
            if (value == null) {
                samplerOptions.remove(key);
            } else {
                samplerOptions.put(key, value);
            }
            return this;
        }

        /**
         * Sets options of the sampler; other options don't change.
         *
         * @param options the options by diffusers' names, with values as in {@link #samplerOption}
         * @return this
         */
        public Builder samplerOptions(Map<String, ?> options) {
            options.forEach(this::samplerOption);
            return this;
        }

        /**
         *
         * Builds the request.
         *
         * @return a valid request
         * @throws IllegalArgumentException if a value is out of its range
         */
        public SampleRequest build() {
            return new SampleRequest(images, labels, labelNames, seed, sampler, steps, guidanceScale, samplerOptions);
        }
    }
}
