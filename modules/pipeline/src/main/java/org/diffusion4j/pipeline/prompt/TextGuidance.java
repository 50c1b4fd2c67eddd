package org.diffusion4j.pipeline.prompt;

import static org.diffusion4j.Requirement.require;

import java.io.Serializable;

/**
 * How strongly a prompt is exaggerated, and when. At the other steps, and at a scale of at most 1, each picture goes through the
 * network once, with its prompt.
 *
 * @param scale the guidance scale, a finite number; null for the model's own. A latent consistency model is told it in place of
 *     going through the network twice
 * @param rescale how much of the result gets the standard deviation of the prediction with the prompt, from 0 to 1
 * @param start the share of the walk at which guidance begins: Kynkäänniemi et al. 2024 (arXiv:2404.07724)
 * @param end the share of the walk at which it ends, above the start; 0 and 1 for all steps
 */
public record TextGuidance(Double scale, double rescale, double start, double end) implements Serializable {
    /** The model's own guidance, at all steps. */
    public static final TextGuidance USUAL = new TextGuidance(null, 0, 0, 1);

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is out of its range
     */
    public TextGuidance {
        require(scale == null || Double.isFinite(scale), "guidance", "a finite number", scale);
        require(rescale >= 0 && rescale <= 1, "guidance rescale", "a number from 0 to 1", rescale);
        requireShares("guidance", start, end);
    }

    /** Refuses shares of a walk that hold nothing. */
    static void requireShares(String name, double start, double end) {
        require(start >= 0 && start < 1, name + " start", "a share of the steps, in [0, 1)", start);
        require(end > start && end <= 1, name + " end", "a share of the steps, in (" + start + ", 1]", end);
    }
}
