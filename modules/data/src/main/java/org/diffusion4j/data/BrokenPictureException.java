package org.diffusion4j.data;

/** One picture can't be read; the others can. The message says what was expected and what was found. */
final class BrokenPictureException extends Exception {
    private static final long serialVersionUID = 1L;

    BrokenPictureException(String message) {
        super(message);
    }

    BrokenPictureException(String message, Throwable cause) {
        super(message, cause);
    }
}
