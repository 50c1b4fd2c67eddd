package org.diffusion4j;

/**
 * Something from outside, such as a file, a tensor or an option, isn't as it must be. The message is one line that says
 * where, what was expected and what was found, such as {@code model.safetensors, 'conv_in.weight': expected float32
 * [128,3,3,3], found float16 [128,3,3,3]}. It is made into one line by {@link OneLine#of}. Wrong use of a method in code is
 * an {@link IllegalArgumentException} instead.
 */
public class Diffusion4jException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message where, what was expected and what was found */
    public Diffusion4jException(String message) {
        super(OneLine.of(message));
    }

    /**
     * @param message where, what was expected and what was found
     * @param cause the exception that led to this one
     */
    public Diffusion4jException(String message, Throwable cause) {
        super(OneLine.of(message), cause);
    }
}
