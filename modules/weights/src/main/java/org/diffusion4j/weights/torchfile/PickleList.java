package org.diffusion4j.weights.torchfile;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A list, which may hold itself. */
final class PickleList {
    private final List<Object> items = new ArrayList<>(0);

    void add(Object item) {
        items.add(item);
    }

    List<Object> items() {
        return Collections.unmodifiableList(items);
    }
}
