package org.diffusion4j.server.job;

/** A job isn't taken, though nothing is wrong with it. */
public final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    /** Why a job isn't taken. */
    public enum Reason {
        /** As many wait as may. */
        FULL,
        /** The server stops. */
        STOPPING
    }

    RefusedException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /**
     * Why it isn't taken.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }
}
