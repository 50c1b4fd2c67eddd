package org.diffusion4j;

/** Told how far something is that takes its time. */
@FunctionalInterface
public interface Progress {
    /**
     * A part is done.
     *
     * @param done so much so far
     * @param total of so much
     */
    void done(int done, int total);

    /**
     * For those who don't ask.
     *
     * @return one that says nothing
     */
    static Progress none() {
        return (done, total) -> {};
    }
}
