package org.diffusion4j.graph;

import static org.diffusion4j.Requirement.requireWithin;

/** Refuses a number of things that no network has. */
final class OptionCheck {
    private OptionCheck() {}

    static void countable(String option, int found) {
        requireWithin(option, 1, UNetConfig.MOST, found);
    }

    static void countableOrNull(String option, Integer found) {
        if (found != null) {
            countable(option, found);
        }
    }
}
