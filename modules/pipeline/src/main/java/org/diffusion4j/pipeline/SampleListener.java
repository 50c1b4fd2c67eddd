package org.diffusion4j.pipeline;

import org.diffusion4j.Progress;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Looks on while pictures are drawn by classes or by none, and may end it. */
public interface SampleListener {
    /** Does nothing. */
    SampleListener NOBODY = new SampleListener() {};

    /**
     * Asked before each step, and often while a network runs, by several threads at once: so it must be quick, such as the look at
     * a volatile field.
     *
     * @return true to end the drawing with a {@link java.util.concurrent.CancellationException}
     */
    default boolean isCancelled() {
        return false;
    }

    /**
     * Called after each step. The arrays are freed when the method returns, and must not be changed.
     *
     * @param progress which of the pictures are drawn, and how far they are
     * @param samples the samples after the step, [N, C, H, W]
     * @param denoised the clean samples as the step predicted them, [N, C, H, W]; null if the sampler doesn't
     */
    default void stepped(SampleProgress progress, INDArray samples, INDArray denoised) {}

    /**
     * A listener that only counts.
     *
     * @param progress is told the steps of all images
     * @return the listener
     */
    static SampleListener of(Progress progress) {
        return new SampleListener() {
            @Override
            public void stepped(SampleProgress step, INDArray samples, INDArray denoised) {
                progress.done(step.done(), step.total());
            }
        };
    }
}
