package org.diffusion4j.data;

/** Batches that separate threads make in advance, for a single reader, which closes the stream. */
public interface BatchStream extends AutoCloseable {
    /**
     * Gives the next batch, and waits if it isn't ready. The arrays belong to the caller, who should close them if memory matters.
     *
     * @throws org.diffusion4j.Diffusion4jException if a transform fails on a picture
     * @throws IllegalStateException if the stream is closed
     */
    PictureBatch next();

    /** Ends the threads. Batches that were given stay valid. */
    @Override
    void close();
}
