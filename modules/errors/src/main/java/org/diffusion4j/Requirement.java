package org.diffusion4j;

/**
 * Refuses a value, in the words of every message here: where it stands, what was expected and what came. {@code require} is for
 * arguments of a method, {@code requireGiven} for what comes from outside.
 */
public final class Requirement {
    private Requirement() {}

    /**
     * Refuses an argument, unless it is as expected.
     *
     * @param holds whether it is
     * @param name the argument's, or the option's that it is the value of
     * @param expected in words, such as {@code at least 1}
     * @param found the argument
     * @throws IllegalArgumentException if it doesn't hold, such as {@code steps: expected at least 1, found 0}
     */
    public static void require(boolean holds, String name, String expected, Object found) {
        if (!holds) {
            throw new IllegalArgumentException(message(name, expected, found));
        }
    }

    /**
     * Refuses a number outside of a range, of which the message names the end that it is beyond.
     *
     * @param name the argument's, or the option's that it is the value of
     * @param least the least that is taken
     * @param most the most that is taken
     * @param found the number
     * @throws IllegalArgumentException if it is less or more
     */
    public static void requireWithin(String name, long least, long most, long found) {
        require(found >= least, name, "at least " + least, found);
        require(found <= most, name, "at most " + most, found);
    }

    /**
     * Refuses what comes from outside, unless it is as expected.
     *
     * @param holds whether it is
     * @param where a file, an option, a part of either
     * @param expected in words
     * @param found what came
     * @throws Diffusion4jException if it doesn't hold
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
