package org.diffusion4j.training;

import java.nio.file.Path;
import org.diffusion4j.picture.ImageGrid;

/** Is told what a training run does, by the thread that trains, which waits for the listener. */
public interface TrainingListener {
    /**
     * A line for whoever watches: a checkpoint that is gone on from or is damaged, pictures that are left out.
     *
     * @param line without an end of line
     */
    default void message(String line) {}

    /**
     * The run begins or is resumed.
     *
     * @param stepsDone by earlier runs
     * @param steps in all
     */
    default void started(long stepsDone, long steps) {}

    /**
     * Called when a step is done.
     *
     * @param step the result of the step
     * @param imagesPerSecond over the steps of the last ten seconds, checkpoints and samples left out
     */
    default void step(Trainer.Step step, double imagesPerSecond) {}

    /**
     * Pictures were drawn with the model as it is.
     *
     * @param step after which
     * @param grid the pictures
     */
    default void sampled(long step, ImageGrid grid) {}

    /**
     * A checkpoint was written.
     *
     * @param step after which
     * @param folder where it lies
     */
    default void checkpoint(long step, Path folder) {}

    /** The run is over, be it that it is done, was stopped or failed; nothing comes after this. */
    default void ended() {}
}
