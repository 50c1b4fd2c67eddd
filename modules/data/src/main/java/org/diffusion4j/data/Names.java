package org.diffusion4j.data;

import java.util.List;

/** Names in a message: the first few, and how many more. */
final class Names {
    private static final int SHOWN = 5;

    private Names() {}

    static String list(List<String> names) {
        String shown = String.join("; ", names.subList(0, Math.min(SHOWN, names.size())));
        return names.size() <= SHOWN ? shown : shown + "; and " + (names.size() - SHOWN) + " more";
    }
}
