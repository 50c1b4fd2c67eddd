package org.diffusion4j.graph;

import static org.diffusion4j.Requirement.requireWithin;

/** Refuses a number of things that no network has. */
public final class OptionCheck {
    private OptionCheck() {}

    /**
     * Refuses a number of things.
     *
     * @param option its key
     * @param found the number
     * @throws IllegalArgumentException if it isn't from 1 to {@link UNetConfig#MOST}
     */
    public static void countable(String option, int found) {
        requireWithin(option, 1, UNetConfig.MOST, found);
    }

    /**
     * Refuses a number of things, unless there is none.
     *
     * @param option its key
     * @param found the number, or null
     * @throws IllegalArgumentException if it is neither null nor from 1 to {@link UNetConfig#MOST}
     */
    public static void countableOrNull(String option, Integer found) {
        if (found != null) {
            countable(option, found);
        }
    }
}
