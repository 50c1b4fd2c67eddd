package org.diffusion4j.pipeline.prompt;

import static org.diffusion4j.Requirement.require;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.graph.SampleSize;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What is to be drawn, and how. {@link PromptPipeline#plan} replaces null by the model's own best setting if the model names one,
 * otherwise by diffusers' default.
 *
 * @param prompts what is to be seen, and what isn't
 * @param seeds the seed of each picture
 * @param oneGenerator whether the first seed's generator draws the noise of all pictures at once, as diffusers does if it is
 *     given one generator; a picture then depends on those that are drawn with it
 * @param size the pictures' size; null for that of the source or the control, or the model's own
 * @param sampler the kind of sampler
 * @param steps the number of steps, at least 1
 * @param originalSteps the steps over which a consistency model was distilled, if not as its scheduler says; at least 1
 * @param samplerOptions the sampler's options by diffusers' names
 * @param guidance how strongly the prompts are exaggerated
 * @param source what is drawn from; null for nothing but noise
 * @param controls the pictures that ControlNets look at; empty if there are none
 * @param guessMode whether the ControlNets look without the negative prompt, and with less effect further out
 * @param sizes what SDXL is told of the pictures' sizes: one for all pictures or one for each
 * @param negativeSizes the same where the pictures move away from; empty for the same sizes
 */
public record PromptRequest(
        Prompts prompts,
        List<Long> seeds,
        boolean oneGenerator,
        SampleSize size,
        SchedulerKind sampler,
        Integer steps,
        Integer originalSteps,
        Map<String, Object> samplerOptions,
        TextGuidance guidance,
        PictureSource source,
        List<Control> controls,
        boolean guessMode,
        List<PictureSizes> sizes,
        List<PictureSizes> negativeSizes)
        implements Serializable {
    /**
     * Checks what can be checked without a model.
     *
     * @throws IllegalArgumentException if a number is out of its range, or the length of a list doesn't fit the number of pictures
     */
    public PromptRequest {
        int images = prompts.images();
        seeds = List.copyOf(seeds);
        samplerOptions = Collections.unmodifiableMap(new LinkedHashMap<>(samplerOptions));
        controls = List.copyOf(controls);
        sizes = List.copyOf(sizes);
        negativeSizes = List.copyOf(negativeSizes);
        require(seeds.size() == images, "seeds", "one for each picture (" + images + ")", seeds.size());
        require(steps == null || steps >= 1, "steps", "at least 1", steps);
        require(originalSteps == null || originalSteps >= 1, "original steps", "at least 1", originalSteps);
        requireOneForEach("sizes", sizes.size(), images);
        require(!sizes.isEmpty(), "sizes", "at least one", 0);
        requireOneForEach("negative sizes", negativeSizes.size(), images);
        if (source != null) {
            requireOneForEach("init image", source.image().size(0), images);
            requireOneForEach("mask", source.mask() == null ? 1 : source.mask().size(0), images);
        }
        for (Control control : controls) {
            requireOneForEach(
                    "control '" + control.name() + "'", control.image().size(0), images);
        }
    }

    private static void requireOneForEach(String name, long given, int images) {
        require(given <= 1 || given == images, name, "one, or one for each picture (" + images + ")", given);
    }

    /**
     * A request for some of the pictures, which become the same as when all are drawn.
     *
     * @param first the first picture, from 0
     * @param count the number of pictures, at least 1
     * @return the request for them
     * @throws IllegalArgumentException if there aren't so many pictures, or one generator draws the noise of all of them
     */
    public PromptRequest part(int first, int count) {
        require(
                first >= 0 && count >= 1 && count <= prompts.images() - first,
                "images",
                "a part of " + prompts.images(),
                count + " from " + first + " on");
        require(!oneGenerator, "generators", "one for each picture, as they are drawn in parts", "one for all");
        return new PromptRequest(
                prompts.part(first, count),
                seeds.subList(first, first + count),
                false,
                size,
                sampler,
                steps,
                originalSteps,
                samplerOptions,
                guidance,
                source == null ? null : source.part(first, count),
                controls.stream().map(control -> control.part(first, count)).toList(),
                guessMode,
                part(sizes, first, count),
                part(negativeSizes, first, count));
    }

    private static <T> List<T> part(List<T> each, int first, int count) {
        return each.size() <= 1 ? each : each.subList(first, first + count);
    }

    /**
     * Begins a request, which leaves everything open but its prompts.
     *
     * @param prompts at least one
     * @return a builder with one picture for each prompt and seed 0
     */
    public static Builder of(String... prompts) {
        return new Builder(List.of(prompts));
    }

    /**
     * Begins a request, which leaves everything open but its prompts.
     *
     * @param prompts at least one
     * @return a builder with one picture for each prompt and seed 0
     */
    public static Builder of(List<String> prompts) {
        return new Builder(prompts);
    }

    /** Collects the parts of a request. */
    public static final class Builder {
        private final List<String> prompts;
        private List<String> second = List.of();
        private List<String> negative = List.of();
        private List<String> negativeSecond = List.of();
        private int imagesPerPrompt = 1;
        private int clipSkip;
        private long seed;
        private List<Long> seeds;
        private boolean oneGenerator;
        private SampleSize size;
        private SchedulerKind sampler;
        private Integer steps;
        private Integer originalSteps;
        private final Map<String, Object> samplerOptions = new LinkedHashMap<>();
        private TextGuidance guidance = TextGuidance.USUAL;
        private PictureSource source;
        private final List<Control> controls = new ArrayList<>();
        private boolean guessMode;
        private List<PictureSizes> sizes = List.of(PictureSizes.DRAWN);
        private List<PictureSizes> negativeSizes = List.of();

        private Builder(List<String> prompts) {
            this.prompts = prompts;
        }

        /**
         * Sets what the pictures are to move away from. It has no effect at a guidance of at most 1.
         *
         * @param texts one for all prompts or one for each
         * @return this
         */
        public Builder negative(String... texts) {
            this.negative = List.of(texts);
            return this;
        }

        /**
         * Sets other prompts for SDXL's second text encoder.
         *
         * @param texts one for all prompts or one for each
         * @return this
         */
        public Builder second(String... texts) {
            this.second = List.of(texts);
            return this;
        }

        /**
         * Sets other negative prompts for SDXL's second text encoder.
         *
         * @param texts one for all prompts or one for each
         * @return this
         */
        public Builder negativeSecond(String... texts) {
            this.negativeSecond = List.of(texts);
            return this;
        }

        /**
         * Sets how many pictures each prompt gets.
         *
         * @param images at least 1
         * @return this
         */
        public Builder imagesPerPrompt(int images) {
            this.imagesPerPrompt = images;
            return this;
        }

        /**
         * Sets how many of the text encoders' last blocks are left out.
         *
         * @param blocks at least 0
         * @return this
         */
        public Builder clipSkip(int blocks) {
            this.clipSkip = blocks;
            return this;
        }

        /**
         * Sets the seeds.
         *
         * @param first the first picture's; picture i has first + i
         * @return this
         */
        public Builder seed(long first) {
            this.seed = first;
            this.seeds = null;
            return this;
        }

        /**
         * Sets the seed of each picture.
         *
         * @param each one for each picture
         * @return this
         */
        public Builder seeds(List<Long> each) {
            this.seeds = each;
            return this;
        }

        /**
         * Sets whether the first seed's generator draws the noise of all pictures.
         *
         * @param one false if it isn't set
         * @return this
         */
        public Builder oneGenerator(boolean one) {
            this.oneGenerator = one;
            return this;
        }

        /**
         * Sets the pictures' size.
         *
         * @param width columns
         * @param height rows
         * @return this
         */
        public Builder size(int width, int height) {
            this.size = new SampleSize(height, width);
            return this;
        }

        /**
         * Sets the sampler.
         *
         * @param kind the kind of sampler; null for the model's best
         * @return this
         */
        public Builder sampler(SchedulerKind kind) {
            this.sampler = kind;
            return this;
        }

        /**
         * Sets the number of steps.
         *
         * @param number at least 1; null for the model's best
         * @return this
         */
        public Builder steps(Integer number) {
            this.steps = number;
            return this;
        }

        /**
         * Sets the steps over which a consistency model was distilled.
         *
         * @param number at least 1; null for what its scheduler says
         * @return this
         */
        public Builder originalSteps(Integer number) {
            this.originalSteps = number;
            return this;
        }

        /**
         * Sets options of the sampler; other options don't change.
         *
         * @param options the options by diffusers' names, such as {@code eta}
         * @return this
         */
        public Builder samplerOptions(Map<String, ?> options) {
            samplerOptions.putAll(options);
            return this;
        }

        /**
         * Sets the guidance scale.
         *
         * @param scale a finite number; at most 1 for no guidance; null for the model's best
         * @return this
         */
        public Builder guidanceScale(Double scale) {
            this.guidance = new TextGuidance(scale, guidance.rescale(), guidance.start(), guidance.end());
            return this;
        }

        /**
         * Sets all of the guidance.
         *
         * @param all the guidance
         * @return this
         */
        public Builder guidance(TextGuidance all) {
            this.guidance = all;
            return this;
        }

        /**
         * Draws from a picture.
         *
         * @param image [1, 3, H, W] for all pictures or one for each, in 0..1
         * @param strength how much of it is drawn anew, in (0, 1]; null for the model's usual
         * @return this
         */
        public Builder initImage(INDArray image, Double strength) {
            return source(new PictureSource(image, null, strength));
        }

        /**
         * Draws from a picture, of which a part may be kept.
         *
         * @param from what is drawn from; null for nothing
         * @return this
         */
        public Builder source(PictureSource from) {
            this.source = from;
            return this;
        }

        /**
         * Adds a picture that a ControlNet looks at.
         *
         * @param control the picture and the ControlNet's name
         * @return this
         */
        public Builder control(Control control) {
            controls.add(control);
            return this;
        }

        /**
         * Sets whether the ControlNets look without the negative prompt.
         *
         * @param guess false if it isn't set
         * @return this
         */
        public Builder guessMode(boolean guess) {
            this.guessMode = guess;
            return this;
        }

        /**
         * Sets what SDXL is told of the pictures' sizes.
         *
         * @param each one for all pictures or one for each
         * @return this
         */
        public Builder sizes(List<PictureSizes> each) {
            this.sizes = each;
            return this;
        }

        /**
         * Sets what SDXL is told of the sizes where the pictures move away from.
         *
         * @param each one for all pictures or one for each; empty for the same sizes
         * @return this
         */
        public Builder negativeSizes(List<PictureSizes> each) {
            this.negativeSizes = each;
            return this;
        }

        /**
         * Builds the request.
         *
         * @return a valid request
         * @throws IllegalArgumentException if a value is out of its range
         */
        public PromptRequest build() {
            Prompts all = new Prompts(prompts, second, negative, negativeSecond, imagesPerPrompt, clipSkip);
            List<Long> each = seeds != null
                    ? seeds
                    : LongStream.range(seed, seed + all.images()).boxed().toList();
            return new PromptRequest(
                    all,
                    each,
                    oneGenerator,
                    size,
                    sampler,
                    steps,
                    originalSteps,
                    samplerOptions,
                    guidance,
                    source,
                    controls,
                    guessMode,
                    sizes,
                    negativeSizes);
        }
    }
}
