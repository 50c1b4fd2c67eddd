package org.diffusion4j.weights.torchfile;

import java.util.Collections;
import java.util.List;

/** A tuple. Two are never compared by what they hold, which might hold them. */
final class PickleTuple {
    static final PickleTuple EMPTY = new PickleTuple(List.of());

    private final List<Object> items;

    PickleTuple(List<Object> items) {
        this.items = items;
    }

    List<Object> items() {
        return Collections.unmodifiableList(items);
    }
}
