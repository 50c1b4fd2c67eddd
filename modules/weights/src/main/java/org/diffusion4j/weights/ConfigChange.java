package org.diffusion4j.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * What a configuration's file becomes: it keeps what it came with, its spellings and the keys that only others know, but
 * for the options that have changed since.
 */
final class ConfigChange {
    private ConfigChange() {}

    /**
     * @param source the file's object
     * @param before what we would write for the configuration that was read from it
     * @param after what we would write for the present one
     */
    static ObjectNode applied(ObjectNode source, ObjectNode before, ObjectNode after) {
        ObjectNode result = source.deepCopy();
        for (Map.Entry<String, JsonNode> property : before.properties()) {
            if (!after.has(property.getKey())) {
                result.remove(property.getKey());
            }
        }
        for (Map.Entry<String, JsonNode> property : after.properties()) {
            if (!property.getValue().equals(before.get(property.getKey()))) {
                result.set(property.getKey(), property.getValue());
            }
        }
        return result;
    }
}
