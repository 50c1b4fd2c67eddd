package org.diffusion4j.hub;

/** Is told how far a file is. */
@FunctionalInterface
public interface HubProgress {
    /**
     * Called when a file begins, after each part that arrived, and when it is whole.
     *
     * @param file its path in the repository
     * @param done how many bytes are there, those of an earlier attempt included
     * @param size how many bytes it has; 0 if the server didn't say
     */
    void arrived(String file, long done, long size);

    /**
     * A listener for callers that don't need the progress.
     *
     * @return a listener that does nothing
     */
    static HubProgress none() {
        return (file, done, size) -> {};
    }
}
