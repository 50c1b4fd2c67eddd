package org.diffusion4j.data;

/** One picture can't be read; the others can. The message says what was expected and what was found. */
final class BrokenPictureException extends Exception {
    private static final long serialVersionUID = 1L;

    BrokenPictureException(String message) {
        super(printable(message));
    }

    BrokenPictureException(String message, Throwable cause) {
        super(printable(message), cause);
    }

    /** Decoders repeat what they found in the file. */
    private static String printable(String message) {
        return message.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", "?");
    }
}
