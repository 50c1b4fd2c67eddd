package org.diffusion4j.weights.diffusers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.diffusion4j.config.ConfigKeys;
import org.diffusion4j.config.Extension;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.weights.file.JsonValues;

/**
 * How the options of a class of networks are stored in a {@code config.json}. A missing key has the default; a key that nobody
 * knows has no effect; a known key with a value that isn't supported here is refused by name.
 *
 * @param <C> the options
 */
final class ConfigFormat<C extends Record & NetworkConfig> {
    private final String className;
    private final WeightLayout layout;
    private final C defaults;
    private final UnaryOperator<ObjectNode> today;
    private final Map<String, List<Object>> fixed;

    /**
     * The format of a network of diffusers.
     *
     * @param className what {@code _class_name} says
     * @param defaults the options of an empty file
     * @param today converts a copy of the file's object from old spellings to today's
     * @param fixed as below
     */
    ConfigFormat(String className, C defaults, UnaryOperator<ObjectNode> today, Map<String, List<Object>> fixed) {
        this(className, WeightLayout.DIFFUSERS, defaults, today, fixed);
    }

    /**
     * @param className what {@code _class_name} says, or with transformers {@code architectures}
     * @param layout the library that has the network
     * @param defaults the options of an empty file
     * @param today converts a copy of the file's object from old spellings to today's
     * @param fixed keys that the library knows but that aren't options here, with the values that have no effect; an empty
     *     list stands for all values
     */
    ConfigFormat(
            String className,
            WeightLayout layout,
            C defaults,
            UnaryOperator<ObjectNode> today,
            Map<String, List<Object>> fixed) {
        this.className = className;
        this.layout = layout;
        this.defaults = defaults;
        this.today = today;
        this.fixed = new LinkedHashMap<>(fixed);
    }

    String className() {
        return className;
    }

    /** What the files of the weights are called. */
    WeightLayout layout() {
        return layout;
    }

    /**
     * Reads options.
     *
     * @param file for messages
     * @param object the file's content, which isn't changed
     * @param unknown is told the keys that nobody knows
     * @throws org.diffusion4j.Diffusion4jException if an option is of a wrong type or isn't supported, or no network can be
     *     built from the options; the message names file and key
     */
    C read(Path file, ObjectNode object, UnknownKeys unknown) {
        ObjectNode json = today.apply(object.deepCopy());
        ConfigFields fields = new ConfigFields(file, json, unknown);
        fixed.forEach((key, values) -> fields.present(key, value -> requireOneOf(fields, key, values, value)));
        ConfigKeys.of(defaults).forEach(key -> fields.present(key, value -> {}));
        return fields.build(() -> ConfigKeys.with(defaults, JsonValues.of(json)));
    }

    private static void requireOneOf(ConfigFields fields, String key, List<Object> values, JsonNode found) {
        if (values.isEmpty() || contains(values, JsonValues.value(found))) {
            return;
        }
        String expected = values.stream()
                .map(String::valueOf)
                .reduce((a, b) -> a + " or " + b)
                .orElseThrow();
        throw fields.expected(key, expected + ", as nothing else is supported", found);
    }

    /** A list made by {@code List.of} can't be asked for null. */
    private static boolean contains(List<Object> values, Object value) {
        return values.stream().anyMatch(each -> Objects.equals(each, value));
    }

    /** Whether options are of this class, which may share them with another class that has something that no file says. */
    boolean holds(NetworkConfig config) {
        if (!defaults.getClass().isInstance(config)) {
            return false;
        }
        Map<String, Object> keys = ConfigKeys.toMap((Record) config);
        Map<String, Object> usual = ConfigKeys.toMap(defaults);
        return ConfigKeys.marked(defaults, Extension.class).stream()
                .allMatch(key -> Objects.equals(keys.get(key), usual.get(key)));
    }

    /**
     * Converts options to JSON.
     *
     * @param config options that this {@link #holds}
     */
    @SuppressWarnings("unchecked") // what it holds is of the class of its defaults
    ObjectNode jsonOf(NetworkConfig config) {
        return toJson((C) config);
    }

    /**
     * Converts options to JSON.
     *
     * @return a new object
     */
    ObjectNode toJson(C config) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        Map<String, Object> keys = ConfigKeys.toMap(config);
        Map<String, Object> usual = ConfigKeys.toMap(defaults);
        ConfigKeys.marked(config, Extension.class).forEach(key -> keys.remove(key, usual.get(key)));
        JsonValues.put(json, keys);
        switch (layout) {
            case DIFFUSERS -> {
                json.put("_class_name", className);
                json.put("_diffusers_version", UNetConfigJson.DIFFUSERS_VERSION);
            }
            case GUIDED_DIFFUSION -> json.put("_class_name", className);
            case TRANSFORMERS -> {
                json.putArray("architectures").add(className);
                json.put("model_type", "clip_text_model"); // the only one of its networks here
            }
        }
        return json;
    }
}
