package org.diffusion4j;

/** Is told how far a long task is. */
@FunctionalInterface
public interface Progress {
    /**
     * Called when a part is done.
     *
     * @param done how many parts are done
     * @param total how many parts there are
     */
    void done(int done, int total);

    /**
     * A listener for callers that don't need the progress.
     *
     * @return a listener that does nothing
     */
    static Progress none() {
        return (done, total) -> {};
    }
}
