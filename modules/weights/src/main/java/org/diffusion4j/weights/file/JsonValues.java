package org.diffusion4j.weights.file;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Converts JSON to plain Java values: booleans, numbers, texts, lists and maps, and null for null. */
public final class JsonValues {
    /** How many characters of a number a message shows: even a number of a thousand digits is valid JSON. */
    private static final int SHOWN = 60;

    private JsonValues() {}

    /**
     * Gives an object's values.
     *
     * @param object any JSON object
     * @return the values by key, in the object's order
     */
    public static Map<String, Object> of(ObjectNode object) {
        Map<String, Object> values = new LinkedHashMap<>();
        object.properties().forEach(property -> values.put(property.getKey(), value(property.getValue())));
        return values;
    }

    /**
     * Gives a node's value.
     *
     * @param node any node
     * @return the value; null for a null
     */
    public static Object value(JsonNode node) {
        if (node.isNull()) {
            return null;
        }
        if (node.isBoolean()) {
            return node.booleanValue();
        }
        if (node.isNumber()) {
            return node.numberValue();
        }
        if (node.isArray()) {
            List<Object> list = new ArrayList<>(node.size());
            node.forEach(element -> list.add(value(element)));
            return list;
        }
        return node instanceof ObjectNode object ? of(object) : node.asText();
    }

    /**
     * Adds values of those kinds to an object.
     *
     * @param object gets the values
     * @param values the values by key
     */
    public static void put(ObjectNode object, Map<String, ?> values) {
        values.forEach((key, value) -> object.set(key, node(value)));
    }

    private static JsonNode node(Object value) {
        JsonNodeFactory factory = JsonNodeFactory.instance;
        if (value instanceof Boolean truth) {
            return factory.booleanNode(truth);
        }
        if (value instanceof Integer whole) {
            return factory.numberNode(whole);
        }
        if (value instanceof Double number) {
            return factory.numberNode(number);
        }
        if (value instanceof List<?> list) {
            ArrayNode array = factory.arrayNode(list.size());
            list.forEach(element -> array.add(node(element)));
            return array;
        }
        return value == null ? factory.nullNode() : factory.textNode(value.toString());
    }

    /**
     * A value as an error message shows it: short and in one line.
     *
     * @param value any value
     * @return the text
     */
    public static String shown(JsonNode value) {
        if (value.isObject()) {
            return "an object";
        }
        if (value.isArray()) {
            return "a list of " + value.size();
        }
        if (value.isMissingNode()) {
            return "nothing";
        }
        if (value.isTextual()) {
            return FileFault.quote(value.textValue());
        }
        String number = value.toString();
        return number.length() <= SHOWN ? number : number.substring(0, SHOWN) + "…";
    }
}
