package org.diffusion4j.engine;

import java.util.Arrays;

/** What threads do at the moment. */
public final class Running {
    private Running() {}

    /**
     * Whether a thread runs the code of a package or class.
     *
     * @param thread its name
     * @param start what the class's full name begins with
     * @return true if one of that name does
     */
    public static boolean inside(String thread, String start) {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(entry -> entry.getKey().getName().equals(thread))
                .flatMap(entry -> Arrays.stream(entry.getValue()))
                .anyMatch(frame -> frame.getClassName().startsWith(start));
    }
}
