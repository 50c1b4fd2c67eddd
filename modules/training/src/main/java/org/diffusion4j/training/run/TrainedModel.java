package org.diffusion4j.training.run;

import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.picture.ImageGrid;

/** What training came to at some step. */
public interface TrainedModel extends AutoCloseable {
    /**
     * Writes it, in place of one that is there.
     *
     * @param folder a folder that exists
     * @throws Diffusion4jException if it can't be written
     */
    void write(Path folder);

    /**
     * Draws pictures with it, from the same noise each time.
     *
     * @param options how many, and what computes
     * @param stopped asked at each step of the sampler
     * @return the pictures
     * @throws java.util.concurrent.CancellationException if it is true
     */
    ImageGrid draw(RunOptions options, BooleanSupplier stopped);

    /** Frees its memory. */
    @Override
    void close();
}
