package org.diffusion4j.server.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.data.SinglePicture;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.graph.SampleSize;

/**
 * What a client wants to have drawn, by whichever way it asked. What is null is left to the model.
 *
 * @param images how many pictures, at least 1; null for one, or one for each label
 * @param seed the seed of the first picture; picture i has seed + i
 * @param prompt what is to be seen; null with a model that draws by classes or by none
 * @param negativePrompt what isn't to be seen
 * @param labels classes by name, number or range, over which the pictures are spread; {@code none} for no class
 * @param size the pictures' size
 * @param sampler the kind of sampler
 * @param steps the number of steps
 * @param guidance the guidance scale
 * @param samplerOptions the sampler's options by diffusers' names
 * @param clipSkip how many of the text encoder's last blocks are left out
 * @param source what is drawn from
 * @param loras the adapters, all of which act together
 * @param controls what ControlNets look at
 */
public record DrawRequest(
        Integer images,
        long seed,
        String prompt,
        String negativePrompt,
        String labels,
        SampleSize size,
        SchedulerKind sampler,
        Integer steps,
        Double guidance,
        Map<String, Object> samplerOptions,
        int clipSkip,
        SourcePicture source,
        List<Lora> loras,
        List<Control> controls) {
    /**
     * An adapter.
     *
     * @param name its name for clients
     * @param scale how strongly it acts: 1 as it was trained
     */
    public record Lora(String name, double scale) {}

    /**
     * What a ControlNet looks at.
     *
     * @param name the ControlNet's name in the model
     * @param image the picture, in colour
     * @param scale how strongly it acts: 1 is usual
     */
    public record Control(String name, SinglePicture image, double scale) {}

    /** Keeps copies. */
    public DrawRequest {
        samplerOptions = Collections.unmodifiableMap(new LinkedHashMap<>(samplerOptions));
        loras = List.copyOf(loras);
        controls = List.copyOf(controls);
    }

    /**
     * Begins a request.
     *
     * @param images how many pictures, at least 1; null for one, or one for each label
     * @return a builder that leaves everything else open, with seed 0
     */
    public static Builder images(Integer images) {
        return new Builder(images);
    }

    /** Collects the parts of a request. */
    public static final class Builder {
        private final Integer images;
        private long seed;
        private String prompt;
        private String negativePrompt;
        private String labels;
        private SampleSize size;
        private SchedulerKind sampler;
        private Integer steps;
        private Double guidance;
        private final Map<String, Object> samplerOptions = new LinkedHashMap<>();
        private int clipSkip;
        private SourcePicture source;
        private List<Lora> loras = List.of();
        private List<Control> controls = List.of();

        private Builder(Integer images) {
            this.images = images;
        }

        /**
         * Sets the first seed.
         *
         * @param first picture i has first + i
         * @return this
         */
        public Builder seed(long first) {
            this.seed = first;
            return this;
        }

        /**
         * Sets what is to be seen, and what isn't.
         *
         * @param text what is; null for nothing
         * @param negative what isn't; null for nothing
         * @return this
         */
        public Builder prompt(String text, String negative) {
            this.prompt = text;
            this.negativePrompt = negative;
            return this;
        }

        /**
         * Sets classes.
         *
         * @param classes such as {@code cat,dog} or {@code 0-9}; null for the model's own choice
         * @return this
         */
        public Builder labels(String classes) {
            this.labels = classes;
            return this;
        }

        /**
         * Sets the size.
         *
         * @param pictures the pictures' size; null for the model's own
         * @return this
         */
        public Builder size(SampleSize pictures) {
            this.size = pictures;
            return this;
        }

        /**
         * Sets the sampler.
         *
         * @param kind its kind; null for the model's best
         * @param number of steps; null for the model's best
         * @return this
         */
        public Builder sampler(SchedulerKind kind, Integer number) {
            this.sampler = kind;
            this.steps = number;
            return this;
        }

        /**
         * Sets options of the sampler.
         *
         * @param options by diffusers' names
         * @return this
         */
        public Builder samplerOptions(Map<String, ?> options) {
            samplerOptions.putAll(options);
            return this;
        }

        /**
         * Sets the guidance.
         *
         * @param scale the guidance scale; null for the model's best
         * @return this
         */
        public Builder guidance(Double scale) {
            this.guidance = scale;
            return this;
        }

        /**
         * Sets how many of the text encoder's last blocks are left out.
         *
         * @param blocks at least 0
         * @return this
         */
        public Builder clipSkip(int blocks) {
            this.clipSkip = blocks;
            return this;
        }

        /**
         * Sets what is drawn from.
         *
         * @param from a picture; null for noise alone
         * @return this
         */
        public Builder source(SourcePicture from) {
            this.source = from;
            return this;
        }

        /**
         * Sets the adapters.
         *
         * @param all all of them
         * @return this
         */
        public Builder loras(List<Lora> all) {
            this.loras = all;
            return this;
        }

        /**
         * Sets what ControlNets look at.
         *
         * @param all all of them
         * @return this
         */
        public Builder controls(List<Control> all) {
            this.controls = all;
            return this;
        }

        /**
         * Builds the request.
         *
         * @return the request, which no model has seen yet
         */
        public DrawRequest build() {
            return new DrawRequest(
                    images,
                    seed,
                    prompt,
                    negativePrompt,
                    labels,
                    size,
                    sampler,
                    steps,
                    guidance,
                    samplerOptions,
                    clipSkip,
                    source,
                    loras,
                    controls);
        }
    }
}
