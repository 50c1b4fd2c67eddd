package org.diffusion4j.weights.diffusers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.file.JsonValues;

/**
 * The keys of a configuration file. Each key that is present is given to a setter, so that a missing one keeps its default.
 * Whole numbers must be written without a decimal point.
 */
final class ConfigFields {

    private final Path file;
    private final ObjectNode object;
    private final UnknownKeys unknown;
    private final Set<String> known = new HashSet<>();

    /** @param unknown is told the keys that nobody asked for */
    ConfigFields(Path file, ObjectNode object, UnknownKeys unknown) {
        this.file = file;
        this.object = object;
        this.unknown = unknown;
    }

    void integerOrNull(String key, Consumer<Integer> setter) {
        present(key, value -> setter.accept(value.isNull() ? null : integerOf(key, value)));
    }

    void number(String key, DoubleConsumer setter) {
        present(key, value -> setter.accept(numberOf(key, value)));
    }

    void truth(String key, Consumer<Boolean> setter) {
        present(key, value -> setter.accept(truthOf(key, value)));
    }

    /** Sets a value that is given as a word or as null; {@code parse} may throw an IllegalArgumentException. */
    <T> void wordOrNull(String key, Function<String, T> parse, T ofNull, Consumer<T> setter) {
        present(key, value -> setter.accept(value.isNull() ? ofNull : parsed(key, value, parse)));
    }

    <T> void words(String key, Function<String, T> parse, Consumer<List<T>> setter) {
        present(key, value -> setter.accept(listOf(key, value, element -> parsed(key, element, parse))));
    }

    /** Reads a value that has another form than those above. */
    void present(String key, Consumer<JsonNode> reader) {
        known.add(key);
        JsonNode value = object.get(key);
        if (value != null) {
            reader.accept(value);
        }
    }

    /** Makes the configuration; messages of its checks get the file's name. */
    <T> T build(Supplier<T> build) {
        object.fieldNames().forEachRemaining(key -> {
            if (!known.contains(key) && !key.startsWith("_")) {
                unknown.add(file, key);
            }
        });
        return checked(build);
    }

    /** Makes part of the configuration. */
    <T> T checked(Supplier<T> build) {
        try {
            return build.get();
        } catch (IllegalArgumentException e) {
            throw new Diffusion4jException(file + ", " + FileFault.oneLine(String.valueOf(e.getMessage())), e);
        }
    }

    private int integerOf(String key, JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw expected(key, "a whole number", value);
        }
        return value.intValue();
    }

    private boolean truthOf(String key, JsonNode value) {
        if (!value.isBoolean()) {
            throw expected(key, "true or false", value);
        }
        return value.booleanValue();
    }

    private double numberOf(String key, JsonNode value) {
        if (!value.isNumber()) {
            throw expected(key, "a number", value);
        }
        return value.doubleValue();
    }

    /** Parses a value that is given as a word; {@code parse} may throw an IllegalArgumentException. */
    private <T> T parsed(String key, JsonNode value, Function<String, T> parse) {
        if (!value.isTextual()) {
            throw expected(key, "a text", value);
        }
        return checked(() -> parse.apply(value.textValue()));
    }

    private <T> List<T> listOf(String key, JsonNode value, Function<JsonNode, T> element) {
        if (!value.isArray()) {
            throw expected(key, "a list", value);
        }
        List<T> list = new ArrayList<>(value.size());
        value.forEach(node -> list.add(element.apply(node)));
        return list;
    }

    Diffusion4jException expected(String key, String expected, JsonNode found) {
        return new Diffusion4jException(
                file + ", " + key + ": expected " + expected + ", found " + JsonValues.shown(found));
    }
}
