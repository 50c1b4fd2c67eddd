package org.diffusion4j.pipeline.prompt;

import java.util.Map;
import org.diffusion4j.pipeline.SamplingStep;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Looks on while pictures are drawn, and may end it. All arrays are freed when the method returns, and must not be changed. The
 * pictures of a plan may be drawn in several parts, one after the other.
 */
public interface PromptListener {
    /** Does nothing. */
    PromptListener NOBODY = new PromptListener() {};

    /**
     * Asked before each step, and often while a network is opened or run, by several threads at once: so it must be quick, such as
     * the look at a volatile field.
     *
     * @return true to end the drawing with a {@link java.util.concurrent.CancellationException}
     */
    default boolean isCancelled() {
        return false;
    }

    /**
     * Called when random numbers were drawn.
     *
     * @param noise standard normal numbers, [N, C, h, w]
     */
    default void drew(INDArray noise) {}

    /**
     * Called before the first step.
     *
     * @param latents [N, L, h, w]
     */
    default void started(INDArray latents) {}

    /**
     * Called before the network is run.
     *
     * @param step the step
     * @param inputs the network's inputs by name
     */
    default void entered(SamplingStep step, Map<String, INDArray> inputs) {}

    /**
     * Called after each step.
     *
     * @param progress which of the plan's pictures are drawn, and how far they are
     * @param modelOutput the network's prediction after guidance, [N, L, h, w]
     * @param latents the latents after the step, [N, L, h, w]
     * @param denoised the clean latents as the step predicted them, [N, L, h, w]; null if the sampler doesn't
     */
    default void stepped(PromptProgress progress, INDArray modelOutput, INDArray latents, INDArray denoised) {}

    /**
     * Called when latents are decoded, or pictures that needed no decoding are done.
     *
     * @param first the first of the pictures, from 0
     * @param pictures about -1 to 1, [N, 3, H, W], or [N, 1, H, W] if they are grey
     */
    default void decoded(int first, INDArray pictures) {}
}
