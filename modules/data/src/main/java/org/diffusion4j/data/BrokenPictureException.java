package org.diffusion4j.data;

/** A single picture can't be read. The message says what was expected and what was found. */
final class BrokenPictureException extends Exception {
    private static final long serialVersionUID = 1L;

    BrokenPictureException(String message) {
        super(printable(message));
    }

    BrokenPictureException(String message, Throwable cause) {
        super(printable(message), cause);
    }

    /** Makes a message printable, since decoders repeat bytes of the file. */
    private static String printable(String message) {
        return message.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", "?");
    }
}
