package org.diffusion4j.data;

/** Batches that are made ahead by threads of their own. For one reader; to be closed. */
public interface BatchStream extends AutoCloseable {
    /**
     * The next batch; it waits only where the threads could not keep up. The arrays are the caller's, to be closed by
     * him where memory matters.
     *
     * @throws org.diffusion4j.Diffusion4jException if a transform fails on a picture
     * @throws IllegalStateException if the stream is closed
     */
    PictureBatch next();

    /** Ends the threads. Batches that were given stay good. */
    @Override
    void close();
}
