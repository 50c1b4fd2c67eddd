package org.diffusion4j.weights.diffusers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * Computes a configuration's new file. It keeps the content of the original file, including its spellings and the keys that
 * only other programs know, except for options that have changed since.
 */
final class ConfigChange {
    private ConfigChange() {}

    /**
     * @param source the object of the original file
     * @param before what this library would write for the configuration that was read from it
     * @param after what it would write for the present configuration
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
