package org.diffusion4j;

/**
 * Something from outside is not as it must be: a file, a tensor, an option. The message is one line that says where,
 * what was expected and what came, such as {@code model.safetensors, 'conv_in.weight': expected float32 [128,3,3,3],
 * found float16 [128,3,3,3]}; what it was made with, by {@link OneLine#of}. Wrong use of a method in code is an {@link IllegalArgumentException} instead.
 */
public class Diffusion4jException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message where, what was expected, what came */
    public Diffusion4jException(String message) {
        super(OneLine.of(message));
    }

    /**
     * @param message where, what was expected, what came
     * @param cause what was thrown first
     */
    public Diffusion4jException(String message, Throwable cause) {
        super(OneLine.of(message), cause);
    }
}
