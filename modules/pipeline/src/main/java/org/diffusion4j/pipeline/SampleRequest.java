package org.diffusion4j.pipeline;

import static org.diffusion4j.Requirement.require;
import static org.diffusion4j.Requirement.requireWithin;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.diffusion4j.diffusion.sampler.SchedulerKind;

/**
 * What is to be drawn, and how. What is null is chosen by {@link DiffusionPipeline#plan}: the model's own best
 * settings where it names any, diffusers' defaults otherwise.
 *
 * @param images how many, 1 to 1,000,000
 * @param labels the class of each image; empty for none
 * @param labelNames the class of each image by its name, as {@link ClassLabels#find} takes it, in place of labels; empty
 *     for none
 * @param seed image i draws its noise from seed + i
 * @param sampler which sampler
 * @param steps how many steps, at least 1
 * @param guidanceScale 1 is none
 * @param samplerOptions the sampler's options by diffusers' names, such as {@code eta} or {@code timestep_spacing}: what its
 *     configuration has
 */
public record SampleRequest(
        int images,
        List<Integer> labels,
        List<String> labelNames,
        long seed,
        SchedulerKind sampler,
        Integer steps,
        Double guidanceScale,
        Map<String, Object> samplerOptions) {
    /** Their labels are a list. */
    private static final int MOST_IMAGES = 1_000_000;

    /** Checks what needs no model. */
    public SampleRequest {
        labels = List.copyOf(labels);
        labelNames = List.copyOf(labelNames);
        samplerOptions = Collections.unmodifiableMap(new LinkedHashMap<>(samplerOptions));
        requireWithin("images", 1, MOST_IMAGES, images);
        require(labels.isEmpty() || labels.size() == images, "labels", "one an image (" + images + ")", labels.size());
        require(
                labelNames.isEmpty() || labelNames.size() == images,
                "labels",
                "one an image (" + images + ")",
                labelNames.size());
        require(labels.isEmpty() || labelNames.isEmpty(), "labels", "numbers or names", "both");
        require(steps == null || steps >= 1, "steps", "at least 1", steps);
        require(guidanceScale == null || Double.isFinite(guidanceScale), "guidance", "a finite number", guidanceScale);
    }

    /**
     * So many images, all else to be chosen.
     *
     * @param images 1 to 1,000,000
     * @return a builder with seed 0 and no labels
     */
    public static Builder images(int images) {
        return new Builder(images);
    }

    /**
     * This request, to be changed.
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

    /** Collects what is asked for. */
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
         * @param labels one an image, or none
         * @return this
         */
        public Builder labels(List<Integer> labels) {
            this.labels = labels;
            return this;
        }

        /**
         * Sets the class of each image by its name, in place of {@link #labels}.
         *
         * @param labelNames one an image, or none
         * @return this
         */
        public Builder labelNames(List<String> labelNames) {
            this.labelNames = labelNames;
            return this;
        }

        /**
         * Spreads classes over the images in order: of 40 images and 10 classes the first 4 have the first.
         *
         * @param classes at least one, no more than there are images
         * @return this
         */
        public Builder spread(List<Integer> classes) {
            this.labels = spreadOver(classes);
            return this;
        }

        /**
         * Spreads classes over the images in order, by their names.
         *
         * @param classes at least one, no more than there are images
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
            // Where they don't divide, the first classes have one image more.
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
         * @param seed of the first image; image i has seed + i
         * @return this
         */
        public Builder seed(long seed) {
            this.seed = seed;
            return this;
        }

        /**
         * Sets the sampler.
         *
         * @param sampler which; null for the model's best
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
         * @param guidanceScale 1 is none; null for the model's best
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
         * Sets options of the sampler; others stay as they are.
         *
         * @param options by diffusers' names, as {@link #samplerOption} takes them
         * @return this
         */
        public Builder samplerOptions(Map<String, ?> options) {
            options.forEach(this::samplerOption);
            return this;
        }

        /**
         * The request.
         *
         * @return a valid one
         * @throws IllegalArgumentException if a value is out of its range
         */
        public SampleRequest build() {
            return new SampleRequest(images, labels, labelNames, seed, sampler, steps, guidanceScale, samplerOptions);
        }
    }
}
