package org.diffusion4j;

/**
 * Refuses a value with the same kind of message everywhere: where it is, what was expected and what was found. {@code
 * require} is for arguments of a method, {@code requireGiven} for values from outside.
 */
public final class Requirement {
    private Requirement() {}

    /**
     * Refuses an argument, unless it is as expected.
     *
     * @param holds whether it is as expected
     * @param name the name of the argument, or of the option whose value it is
     * @param expected what was expected, in words, such as {@code at least 1}
     * @param found the argument
     * @throws IllegalArgumentException if {@code holds} is false, such as {@code steps: expected at least 1, found 0}
     */
    public static void require(boolean holds, String name, String expected, Object found) {
        if (!holds) {
            throw new IllegalArgumentException(message(name, expected, found));
        }
    }

    /**
     * Refuses a number outside of a range. The message names the end of the range that it is beyond.
     *
     * @param name the name of the argument, or of the option whose value it is
     * @param least the least allowed number
     * @param most the largest allowed number
     * @param found the number
     * @throws IllegalArgumentException if the number is below {@code least} or above {@code most}
     */
    public static void requireWithin(String name, long least, long most, long found) {
        require(found >= least, name, "at least " + least, found);
        require(found <= most, name, "at most " + most, found);
    }

    /**
     * Refuses a value from outside, unless it is as expected.
     *
     * @param holds whether it is as expected
     * @param where the file or option, or a part of one
     * @param expected what was expected, in words
     * @param found what was found
     * @throws Diffusion4jException if {@code holds} is false
     */
    public static void requireGiven(boolean holds, String where, String expected, Object found) {
        if (!holds) {
            throw new Diffusion4jException(message(where, expected, found));
        }
    }

    private static String message(String where, String expected, Object found) {
        return where + ": expected " + expected + ", found " + found;
    }
}
