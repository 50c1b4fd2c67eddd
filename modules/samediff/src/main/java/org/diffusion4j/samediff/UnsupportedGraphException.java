package org.diffusion4j.samediff;

/** A graph has an op, or an op has an argument, that the reader of the graph doesn't support. The message names it. */
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
