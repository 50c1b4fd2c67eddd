package org.diffusion4j.engine;

/** A graph has an op that the compiler doesn't know; the message names it. */
public final class UnsupportedGraphException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Names the op.
     *
     * @param message which op, and where
     */
    public UnsupportedGraphException(String message) {
        super(message);
    }
}
