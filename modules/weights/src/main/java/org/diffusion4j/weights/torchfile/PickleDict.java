package org.diffusion4j.weights.torchfile;

import java.math.BigInteger;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** A dict, which may hold itself. Its keys are texts, numbers, booleans and None by their values, all others by identity. */
final class PickleDict {
    private Map<Object, Object> entries;

    /** Whether Python would take it as a key. */
    static boolean canBeKey(Object value) {
        return !(value instanceof PickleDict || value instanceof PickleList);
    }

    void put(Object key, Object value) {
        if (entries == null) {
            entries = new LinkedHashMap<>();
        }
        entries.put(key, value);
    }

    /** Keys and values, in the order in which the keys came. */
    Map<Object, Object> entries() {
        return entries == null ? Map.of() : Collections.unmodifiableMap(entries);
    }

    /** Whether a key is a step in a path: a text or a whole number. */
    static boolean isStep(Object key) {
        return key instanceof String || key instanceof Long || key instanceof BigInteger;
    }
}
