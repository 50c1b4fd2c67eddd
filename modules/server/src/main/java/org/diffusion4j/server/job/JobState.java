package org.diffusion4j.server.job;

import java.util.Locale;

/** How far a job is. */
public enum JobState {
    /** It waits for those before it. */
    QUEUED,
    /** It is being drawn. */
    RUNNING,
    /** All of its pictures are there. */
    DONE,
    /** It couldn't be drawn; its message says why. */
    FAILED,
    /** Somebody ended it. */
    CANCELLED,
    /** The server stopped before it was drawn. */
    LOST;

    /**
     * Whether nothing more happens to it.
     *
     * @return false while it waits or is drawn
     */
    public boolean isEnd() {
        return this != QUEUED && this != RUNNING;
    }

    /**
     * Its name for clients.
     *
     * @return in lower case
     */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
