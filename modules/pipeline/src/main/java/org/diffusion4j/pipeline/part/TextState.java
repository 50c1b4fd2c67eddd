package org.diffusion4j.pipeline.part;

import static org.diffusion4j.Requirement.require;

/**
 * Which hidden state of a text encoder a pipeline wants.
 *
 * @param skipped how many of the last blocks are left out: 0 for the last hidden state
 * @param normalized whether the state passes the final norm
 */
public record TextState(int skipped, boolean normalized) {
    /** Refuses a negative number. */
    public TextState {
        require(skipped >= 0, "skipped blocks", "at least 0", skipped);
    }

    /**
     * What Stable Diffusion 1 and 2 want.
     *
     * @param clipSkip {@code clip_skip}, 0 for none
     * @return the state before so many last blocks, after the final norm
     */
    public static TextState stableDiffusion(int clipSkip) {
        return new TextState(clipSkip, true);
    }

    /**
     * What Stable Diffusion XL wants.
     *
     * @param clipSkip {@code clip_skip}, 0 for none
     * @return the state before the last block and so many others, which doesn't pass the final norm
     */
    public static TextState stableDiffusionXl(int clipSkip) {
        return new TextState(clipSkip + 1, false);
    }
}
