package org.diffusion4j.server.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.NearestNames;

/** The values of a request's body, by name. A value of the wrong kind is refused, and one that is null is as if it weren't there. */
public final class Fields {
    private static final int DEEPEST = 50;
    private static final int LONGEST_SHOWN = 40;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .maxStringLength(Integer.MAX_VALUE) // the body's length is limited
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final String prefix;
    private final ObjectNode values;
    private final Set<String> asked = new HashSet<>();

    /**
     * Makes fields of values that were read already.
     *
     * @param values by name
     */
    public Fields(ObjectNode values) {
        this("", values);
    }

    private Fields(String prefix, ObjectNode values) {
        this.prefix = prefix;
        this.values = values;
    }

    /**
     * Reads a body.
     *
     * @param body JSON in UTF-8
     * @return its values
     * @throws Fault if it isn't an object in JSON
     */
    public static Fields read(byte[] body) {
        try {
            JsonNode node = JSON.readTree(body);
            if (node instanceof ObjectNode object) {
                return new Fields(object);
            }
            throw new Fault(
                    400,
                    "body: expected an object in JSON, found "
                            + (node == null || node.isMissingNode() ? "nothing" : kind(node)));
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
            int column = e.getLocation() == null ? 1 : e.getLocation().getColumnNr();
            throw Fault.of("body", "JSON", "something else at line " + line + ", column " + column);
        } catch (IOException e) {
            throw Fault.of("body: expected JSON in UTF-8, found other bytes", e);
        }
    }

    private JsonNode get(String name) {
        asked.add(name);
        JsonNode value = values.get(name);
        return value == null || value.isNull() ? null : value;
    }

    /**
     * Whether a value is there.
     *
     * @param name its name
     * @return false if it isn't, or is null
     */
    public boolean has(String name) {
        return get(name) != null;
    }

    /**
     * A text.
     *
     * @param name its name
     * @return the text; null if it isn't there
     * @throws Fault if it is of another kind
     */
    public String text(String name) {
        JsonNode value = get(name);
        require(value == null || value.isTextual(), name, "a text", value);
        return value == null ? null : value.textValue();
    }

    /**
     * A whole number.
     *
     * @param name its name
     * @param least the least allowed number
     * @param most the largest allowed number
     * @return the number; null if it isn't there
     * @throws Fault if it is of another kind, or out of its range
     */
    public Long whole(String name, long least, long most) {
        JsonNode value = get(name);
        if (value == null) {
            return null;
        }
        Long number = wholeNumber(value);
        require(
                number != null && number >= least && number <= most,
                name,
                least == Long.MIN_VALUE ? "a whole number" : "a whole number from " + least + " to " + most,
                value);
        return number;
    }

    private static Long wholeNumber(JsonNode value) {
        if (value.isNumber() && value.canConvertToExactIntegral() && value.canConvertToLong()) {
            return value.longValue();
        }
        try {
            // Forms have nothing but texts.
            return value.isTextual() ? Long.valueOf(value.textValue().strip()) : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /**
     * A whole number of a smaller range.
     *
     * @param name its name
     * @param least the least allowed number
     * @param most the largest allowed number
     * @return the number; null if it isn't there
     * @throws Fault if it is of another kind, or out of its range
     */
    public Integer small(String name, int least, int most) {
        Long number = whole(name, least, most);
        return number == null ? null : Math.toIntExact(number);
    }

    /**
     * A number.
     *
     * @param name its name
     * @return a finite number; null if it isn't there
     * @throws Fault if it is of another kind
     */
    public Double number(String name) {
        JsonNode value = get(name);
        if (value == null) {
            return null;
        }
        require(value.isNumber() && Double.isFinite(value.doubleValue()), name, "a number", value);
        return value.doubleValue();
    }

    /**
     * A yes or a no.
     *
     * @param name its name
     * @param otherwise if it isn't there
     * @return the value
     * @throws Fault if it is of another kind
     */
    public boolean flag(String name, boolean otherwise) {
        JsonNode value = get(name);
        require(value == null || value.isBoolean(), name, "true or false", value);
        return value == null ? otherwise : value.booleanValue();
    }

    /**
     * One text or several.
     *
     * @param name its name
     * @return the texts, in which numbers are digits; null if it isn't there
     * @throws Fault if it is of another kind
     */
    public List<String> texts(String name) {
        JsonNode value = get(name);
        if (value == null) {
            return null;
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode element : value.isArray() ? value : List.of(value)) {
            require(element.isTextual() || element.isIntegralNumber(), name, "a text or a list of texts", value);
            texts.add(element.asText());
        }
        return texts;
    }

    /**
     * Values within one.
     *
     * @param name its name
     * @return the values; none if it isn't there
     * @throws Fault if it is of another kind
     */
    public Fields object(String name) {
        JsonNode value = get(name);
        require(value == null || value.isObject(), name, "an object", value);
        return new Fields(prefix + name + ".", value == null ? JSON.createObjectNode() : (ObjectNode) value);
    }

    /**
     * A list of objects.
     *
     * @param name its name
     * @return the values of each; none if it isn't there
     * @throws Fault if it is of another kind
     */
    public List<Fields> objects(String name) {
        JsonNode value = get(name);
        require(value == null || value.isArray(), name, "a list of objects", value);
        List<Fields> objects = new ArrayList<>();
        for (JsonNode element : value == null ? JSON.createArrayNode() : value) {
            require(element.isObject(), name, "a list of objects", element);
            objects.add(new Fields(prefix + name + ".", (ObjectNode) element));
        }
        return objects;
    }

    /**
     * All values as Java has them, such as a sampler's options.
     *
     * @return booleans, numbers, texts and lists of these by name
     * @throws Fault if one is of another kind
     */
    public Map<String, Object> all() {
        Map<String, Object> all = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : values.properties()) {
            all.put(entry.getKey(), value(entry.getKey(), entry.getValue(), true));
        }
        return all;
    }

    private Object value(String name, JsonNode value, boolean listed) {
        if (value.isArray() && listed) {
            List<Object> list = new ArrayList<>();
            value.forEach(element -> list.add(value(name, element, false)));
            return list;
        }
        require(
                value.isBoolean() || value.isNumber() || value.isTextual(),
                name,
                "a number, a text, true or false, or a list of these",
                value);
        return value.isBoolean()
                ? (Object) value.booleanValue()
                : value.isInt()
                        ? (Object) value.intValue()
                        : value.isNumber() ? (Object) value.doubleValue() : value.textValue();
    }

    /**
     * The values as they came.
     *
     * @return an object in JSON, which must not be changed
     */
    public ObjectNode values() {
        return values;
    }

    /**
     * Refuses values that nobody asked for, since they would be ignored silently.
     *
     * @throws Fault if there are such; the message says what may have been meant
     */
    public void requireKnown() {
        for (Map.Entry<String, JsonNode> entry : values.properties()) {
            if (!asked.contains(entry.getKey())) {
                throw unknown(entry.getKey(), asked);
            }
        }
    }

    private Fault unknown(String name, Collection<String> known) {
        String question = NearestNames.question(name, known);
        return Fault.of(
                prefix + shown(name),
                "one of " + String.join(", ", known.stream().sorted().toList()),
                "an unknown name" + (question.isEmpty() ? "" : "; " + question));
    }

    private void require(boolean holds, String name, String expected, JsonNode found) {
        if (!holds) {
            throw Fault.of(prefix + shown(name), expected, found == null ? "nothing" : kind(found));
        }
    }

    private static String kind(JsonNode value) {
        return switch (value.getNodeType()) {
            case ARRAY -> "a list";
            case OBJECT -> "an object";
            case STRING -> "'" + shown(value.textValue()) + "'";
            case NULL -> "null";
            default -> shown(value.toString());
        };
    }

    private static String shown(String text) {
        return text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN) + "…";
    }
}
