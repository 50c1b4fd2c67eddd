package org.diffusion4j.graph;

import java.util.Locale;

/** Refuses an option's value, by the option's name in {@code config.json} or on the command line. */
final class OptionCheck {
    private OptionCheck() {}

    static void require(boolean holds, String option, String expected, Object found) {
        if (!holds) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "%s: expected %s, found %s", option, expected, found));
        }
    }

    static void countable(String option, int found) {
        require(found >= 1, option, "at least 1", found);
        require(found <= UNetConfig.MOST, option, "at most " + UNetConfig.MOST, found);
    }

    static void countableOrNull(String option, Integer found) {
        if (found != null) {
            countable(option, found);
        }
    }
}
