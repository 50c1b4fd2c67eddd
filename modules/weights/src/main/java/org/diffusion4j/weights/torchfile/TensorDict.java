package org.diffusion4j.weights.torchfile;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A dict in which there are tensors.
 *
 * @param paths each tensor's path by its key in the dict
 * @param entries how many values the dict has, of all kinds
 */
record TensorDict(Map<String, String> paths, int entries) {
    static TensorDict of(PickleDict dict) {
        return new TensorDict(new LinkedHashMap<>(), dict.entries().size());
    }

    /** How many tensors there are. */
    int tensors() {
        return paths.size();
    }

    /** Whether it is more than a record in which a tensor stands among other things. */
    boolean isMostlyTensors() {
        return 2 * tensors() >= entries;
    }
}
