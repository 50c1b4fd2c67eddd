package org.diffusion4j.weights.diffusers;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** The names of blocks before diffusers 0.1, which it reads but doesn't write. */
final class BlockNames {
    private static final String OLD_PREFIX = "UNetRes";

    private BlockNames() {}

    /** Gives the blocks in lists today's names. */
    static void inTodaysWords(ObjectNode json, String... keys) {
        for (String key : keys) {
            if (json.get(key) instanceof ArrayNode types) {
                for (int i = 0; i < types.size(); i++) {
                    if (types.get(i).isTextual() && types.get(i).textValue().startsWith(OLD_PREFIX)) {
                        types.set(i, types.get(i).textValue().substring(OLD_PREFIX.length()));
                    }
                }
            }
        }
    }
}
