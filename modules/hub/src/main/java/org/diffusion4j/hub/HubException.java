package org.diffusion4j.hub;

import org.diffusion4j.Diffusion4jException;

/** Something couldn't be fetched. The message is one line that says what, and what can be done. */
public final class HubException extends Diffusion4jException {
    private static final long serialVersionUID = 1L;

    /** Why it couldn't be fetched. */
    public enum Reason {
        /** There is no such repository, or it is private and the token doesn't open it. */
        NO_SUCH_REPOSITORY,
        /** Its terms must be accepted first. */
        GATED,
        /** The repository has no such branch, tag or commit. */
        NO_SUCH_REVISION,
        /** The revision has no such file. */
        NO_SUCH_FILE,
        /** The token isn't accepted, lacks a right, or the repository is closed. */
        NOT_ALLOWED,
        /** Nothing answered. */
        UNREACHABLE,
        /** The server said, again and again, that it can't answer now. */
        BUSY,
        /** The answer isn't one of a hub, or names a place outside of the cache. */
        UNUSABLE_ANSWER,
        /** Nothing may be fetched, and the cache doesn't have it. */
        NOT_CACHED,
        /** Nothing may be fetched, and the cache has some of the files, but not all. */
        INCOMPLETE,
        /** What arrived isn't what was announced: another size, or another sum. */
        DAMAGED,
        /** The cache can't be read or written. */
        CACHE
    }

    private final Reason reason;

    HubException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    HubException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /**
     * Why it couldn't be fetched.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }
}
