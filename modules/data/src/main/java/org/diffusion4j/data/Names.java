package org.diffusion4j.data;

import java.util.List;

/** Names in a message: the first few, and how many more. */
final class Names {
    private static final int SHOWN = 5;

    private Names() {}

    static String list(List<String> names) {
        return list("; ", names);
    }

    static String list(String separator, List<String> names) {
        String shown = String.join(separator, names.subList(0, Math.min(SHOWN, names.size())));
        return names.size() <= SHOWN ? shown : shown + separator + "and " + (names.size() - SHOWN) + " more";
    }
}
