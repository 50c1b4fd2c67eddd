package org.diffusion4j.data;

import org.diffusion4j.Diffusion4jException;

/**
 * Checks file names as the system gives them. Java reads them in the locale's character set and replaces unknown characters
 * by U+FFFD, so different names may become equal, or name no file.
 */
final class SystemNames {
    /** The character that stands for lost characters. */
    static final char LOST = '\uFFFD';

    private SystemNames() {}

    /** @throws Diffusion4jException if a character of the name was lost */
    static void requireWhole(String place, String name) {
        if (name.indexOf(LOST) < 0) {
            return;
        }
        String map = System.getProperty("sun.jnu.encoding", "");
        throw new Diffusion4jException(
                (place.equals(name) ? "" : place + ": ") + "expected a name that is whole, found "
                        + Names.brief(name) + ", which has lost characters: "
                        + (map.equals("UTF-8")
                                ? "rename it in UTF-8"
                                : "start Java in a UTF-8 locale, such as LC_ALL=C.UTF-8 (it reads names as " + map
                                        + " now), or rename it"));
    }
}
