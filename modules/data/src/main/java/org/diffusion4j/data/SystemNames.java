package org.diffusion4j.data;

import org.diffusion4j.Diffusion4jException;

/**
 * Names as the system has them. Java reads them in the locale's character map and puts U+FFFD for what that doesn't
 * have, so that different names become the same, or no file's.
 */
final class SystemNames {
    /** What stands for characters that were lost. */
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
