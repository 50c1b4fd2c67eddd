package org.diffusion4j.pipeline.prompt;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.diffusion4j.diffusion.sampler.Sampler;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.pipeline.SamplerChoice;

/**
 * What is drawn, and how, with everything decided: {@link PromptPipeline#plan} makes it from a request.
 *
 * @param request what was asked for
 * @param task what kind of drawing it is
 * @param size the pictures' size
 * @param choice the sampler's configuration
 * @param sampler the sampler itself
 * @param firstStep the sampler's step that the walk begins with, from 0
 * @param guidanceScale the guidance scale
 * @param strength how much of the source is drawn anew; 1 without a source
 * @param notes what should be known before it is drawn, such as words that found no room; one line each, usually none
 */
public record PromptPlan(
        PromptRequest request,
        Task task,
        SampleSize size,
        SamplerChoice choice,
        Sampler sampler,
        int firstStep,
        double guidanceScale,
        double strength,
        List<String> notes) {
    /** What is done with a source. */
    public enum Task {
        /** There is none: the walk begins with noise. */
        TEXT_TO_IMAGE,
        /** The walk begins with the picture, to which noise was added. */
        IMAGE_TO_IMAGE,
        /** Parts of the picture are kept. */
        INPAINTING
    }

    /** Keeps a copy of the notes. */
    public PromptPlan {
        notes = List.copyOf(notes);
    }

    /**
     * How many pictures are drawn.
     *
     * @return at least 1
     */
    public int images() {
        return request.prompts().images();
    }

    /**
     * How many steps the walk has.
     *
     * @return at least 1
     */
    public int walkSteps() {
        return sampler.timesteps().length - firstStep;
    }

    /**
     * The settings with which the pictures are drawn, in words, without those that differ from one picture to the next.
     *
     * @return the sampler, its steps and options, the guidance and so on, by name
     */
    public Map<String, String> settings() {
        Map<String, String> settings = new TreeMap<>();
        settings.put("sampler", choice.scheduler().kind().word());
        settings.put("steps", Integer.toString(choice.steps()));
        settings.put("guidance", Double.toString(guidanceScale));
        settings.put("size", size.width() + "x" + size.height());
        TextGuidance guidance = request.guidance();
        if (guidance.rescale() > 0) {
            settings.put("guidance_rescale", Double.toString(guidance.rescale()));
        }
        if (guidance.start() > 0 || guidance.end() < 1) {
            settings.put("guidance_steps", guidance.start() + " to " + guidance.end());
        }
        if (request.prompts().clipSkip() > 0) {
            settings.put("clip_skip", Integer.toString(request.prompts().clipSkip()));
        }
        if (task != Task.TEXT_TO_IMAGE) {
            settings.put("strength", Double.toString(strength));
        }
        if (request.originalSteps() != null) {
            settings.put("original_inference_steps", Integer.toString(request.originalSteps()));
        }
        for (Control control : request.controls()) {
            settings.put(control.name(), control.scale() + " from " + control.start() + " to " + control.end());
        }
        if (request.guessMode()) {
            settings.put("guess_mode", "true");
        }
        choice.scheduler().callArguments().forEach((key, value) -> settings.put(key, String.valueOf(value)));
        choice.options().forEach((key, value) -> settings.put(key, String.valueOf(value)));
        return settings;
    }
}
