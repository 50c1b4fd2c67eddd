package org.diffusion4j.server.model;

import java.awt.image.BufferedImage;
import java.util.List;

/** Looks on while parts of plans are drawn together, and may end it. */
public interface DrawListener {
    /**
     * Asked often, by several threads at once, so it must be quick.
     *
     * @return true to end the drawing with a {@link java.util.concurrent.CancellationException}
     */
    boolean isCancelled();

    /**
     * Whether somebody looks at previews.
     *
     * @return whether {@link #previewed} is to be called
     */
    boolean wantsPreviews();

    /**
     * Called after each step.
     *
     * @param done the steps done, from 1
     * @param total the steps of all pictures
     */
    void stepped(int done, int total);

    /**
     * Called after a step with what its pictures look like so far.
     *
     * @param first the first of them, counted over all parts
     * @param pictures one for each picture that the step drew at
     */
    void previewed(int first, List<BufferedImage> pictures);
}
