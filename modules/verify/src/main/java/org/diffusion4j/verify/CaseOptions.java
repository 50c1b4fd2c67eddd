package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.DoubleStream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.file.JsonValues;

/** A part of a {@code case.json}. It reads options, and checks that there are no others. */
final class CaseOptions {
    private final Path file;
    private final String part;
    private final JsonNode options;
    private final Set<String> known = new HashSet<>();

    /**
     * @param reference the case
     * @param part the name of the part, for messages
     * @param options the part, an object
     */
    CaseOptions(ReferenceCase reference, String part, JsonNode options) {
        this.file = reference.folder().resolve("case.json");
        this.part = part;
        this.options = options;
        if (!options.isObject()) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "%s, '%s': expected an object, found %s", file, part, options));
        }
    }

    /** Whether an option is present and not null. */
    boolean has(String name) {
        JsonNode value = value(name);
        return !value.isNull() && !value.isMissingNode();
    }

    double number(String name) {
        return numberOrNull(name).orElseThrow(() -> expected(name, "a number", options.get(name)));
    }

    double number(String name, double otherwise) {
        return numberOrNull(name).orElse(otherwise);
    }

    /** Reads a number; empty if it is null or missing. */
    OptionalDouble numberOrNull(String name) {
        JsonNode value = value(name);
        if (value.isNull() || value.isMissingNode()) {
            return OptionalDouble.empty();
        }
        if (!value.isNumber()) {
            throw expected(name, "a number", value);
        }
        return OptionalDouble.of(value.doubleValue());
    }

    int integer(String name) {
        return integer(name, value(name));
    }

    int integer(String name, int otherwise) {
        JsonNode value = value(name);
        return value.isNull() || value.isMissingNode() ? otherwise : integer(name, value);
    }

    private int integer(String name, JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw expected(name, "a whole number", value);
        }
        return value.intValue();
    }

    long wholeNumber(String name) {
        return wholeNumber(name, value(name));
    }

    private long wholeNumber(String name, JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw expected(name, "a whole number", value);
        }
        return value.longValue();
    }

    /** Reads a list of numbers of any length. */
    List<Double> numbers(String name) {
        return DoubleStream.of(numbers(name, value(name).size())).boxed().toList();
    }

    List<Integer> integers(String name) {
        JsonNode value = value(name);
        if (!value.isArray()) {
            throw expected(name, "whole numbers", value);
        }
        List<Integer> integers = new ArrayList<>();
        value.forEach(each -> integers.add(integer(name, each)));
        return integers;
    }

    boolean flag(String name, boolean otherwise) {
        JsonNode value = value(name);
        if (value.isNull() || value.isMissingNode()) {
            return otherwise;
        }
        if (!value.isBoolean()) {
            throw expected(name, "true or false", value);
        }
        return value.booleanValue();
    }

    String text(String name) {
        JsonNode value = value(name);
        if (!value.isTextual()) {
            throw expected(name, "a text", value);
        }
        return value.textValue();
    }

    List<String> texts(String name) {
        JsonNode value = value(name);
        if (!value.isArray()) {
            throw expected(name, "texts", value);
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode each : value) {
            if (!each.isTextual()) {
                throw expected(name, "texts", value);
            }
            texts.add(each.textValue());
        }
        return texts;
    }

    /** Reads a list of texts, or a text as a list of one. */
    List<String> textOrTexts(String name) {
        return value(name).isTextual() ? List.of(text(name)) : texts(name);
    }

    /** Reads a list of numbers, or a number as a list of one. */
    List<Double> numberOrNumbers(String name) {
        return value(name).isNumber() ? List.of(number(name)) : numbers(name);
    }

    /** Reads an object's values; empty if it is null or missing. */
    Map<String, Object> values(String name) {
        return value(name) instanceof ObjectNode object ? JsonValues.of(object) : Map.of();
    }

    /** Reads a list of numbers of a given length. */
    double[] numbers(String name, int length) {
        JsonNode value = value(name);
        if (!value.isArray() || value.size() != length) {
            throw expected(name, length + " numbers", value);
        }
        double[] numbers = new double[length];
        for (int i = 0; i < length; i++) {
            if (!value.get(i).isNumber()) {
                throw expected(name, length + " numbers", value);
            }
            numbers[i] = value.get(i).doubleValue();
        }
        return numbers;
    }

    /** Reads an object; empty if it is null or missing. */
    Optional<JsonNode> object(String name) {
        JsonNode value = value(name);
        return value.isNull() || value.isMissingNode() ? Optional.empty() : Optional.of(value);
    }

    Diffusion4jException expected(String name, String expected, JsonNode found) {
        return new Diffusion4jException(String.format(
                Locale.ROOT,
                "%s, '%s': '%s': expected %s, found %s",
                file,
                part,
                name,
                expected,
                found == null || found.isMissingNode() ? "none" : found));
    }

    /** Refuses options that nothing has asked for, since this library doesn't have them. */
    void checkNothingIgnored() {
        for (Map.Entry<String, JsonNode> option : options.properties()) {
            if (!known.contains(option.getKey()) && !option.getValue().isNull()) {
                throw new Diffusion4jException(String.format(
                        Locale.ROOT,
                        "%s, '%s': expected nothing that is unknown here, found '%s' (%s)",
                        file,
                        part,
                        option.getKey(),
                        option.getValue()));
            }
        }
    }

    private JsonNode value(String name) {
        known.add(name);
        JsonNode value = options.get(name);
        return value == null ? MissingNode.getInstance() : value;
    }
}
