package org.diffusion4j.weights.diffusers;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.weights.file.JsonValues;

/** Reads and writes {@code diffusion4j.json} as {@link ModelSettings}. */
final class ModelSettingsJson {
    private ModelSettingsJson() {}

    static ModelSettings read(Path file, ObjectNode object) {
        return read(file, object, new UnknownKeys());
    }

    static ModelSettings read(Path file, ObjectNode object, UnknownKeys unknown) {
        ConfigFields fields = new ConfigFields(file, object, unknown);
        var found = new Object() {
            List<String> classNames = List.of();
            Integer nullClass;
            ModelSettings.Sampling sampling = ModelSettings.NONE.sampling();
        };
        fields.words("class_names", Function.identity(), names -> found.classNames = names);
        fields.integerOrNull("null_class", label -> found.nullClass = label);
        fields.present("sampling", value -> {
            if (!(value instanceof ObjectNode sampling)) {
                throw fields.expected("sampling", "an object", value);
            }
            found.sampling = readSampling(file, sampling, unknown);
        });
        return fields.build(() -> new ModelSettings(found.classNames, found.nullClass, found.sampling));
    }

    private static ModelSettings.Sampling readSampling(Path file, ObjectNode object, UnknownKeys unknown) {
        ConfigFields fields = new ConfigFields(file, object, unknown);
        var found = new Object() {
            SchedulerKind sampler;
            Integer steps;
            Double guidance;
        };
        fields.wordOrNull(
                "sampler", word -> SchedulerKind.ofWord("sampler", word), null, value -> found.sampler = value);
        fields.integerOrNull("steps", value -> found.steps = value);
        fields.number("guidance", value -> found.guidance = value);
        Map<String, Object> options = JsonValues.of(object);
        List.of("sampler", "steps", "guidance").forEach(options::remove);
        options.keySet()
                .retainAll(
                        found.sampler == null
                                ? SchedulerConfigJson.KEYS
                                : found.sampler.defaults().keys());
        options.keySet().forEach(key -> fields.present(key, value -> {}));
        if (found.sampler != null) {
            fields.checked(() -> found.sampler.defaults().with(options));
        } else {
            options.forEach((key, value) -> fields.checked(() -> checked(key, value)));
        }
        return fields.build(() -> new ModelSettings.Sampling(found.sampler, found.steps, found.guidance, options));
    }

    /** Checks an option with the first kind of scheduler that has it, since the model's scheduler isn't known here. */
    private static SchedulerConfig checked(String key, Object value) {
        SchedulerConfig defaults = Arrays.stream(SchedulerKind.values())
                .map(SchedulerKind::defaults)
                .filter(config -> config.keys().contains(key))
                .findFirst()
                .orElseThrow();
        return defaults.with(Collections.singletonMap(key, value));
    }

    /** The JSON to write back if {@code source} was read from a file and the settings may have changed since. */
    static ObjectNode toJson(ModelSettings settings, ObjectNode source) {
        ModelSettings before = read(Path.of("diffusion4j.json"), source);
        ObjectNode result = ConfigChange.applied(source, toJson(before), toJson(settings));
        if (source.get("sampling") instanceof ObjectNode sampling) {
            ObjectNode changed = ConfigChange.applied(sampling, toJson(before.sampling()), toJson(settings.sampling()));
            result.set("sampling", changed);
        }
        return result;
    }

    static ObjectNode toJson(ModelSettings settings) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        if (!settings.classNames().isEmpty()) {
            ArrayNode names = json.putArray("class_names");
            settings.classNames().forEach(names::add);
        }
        if (settings.nullClass() != null) {
            json.put("null_class", settings.nullClass());
        }
        ObjectNode sampling = toJson(settings.sampling());
        if (!sampling.isEmpty()) {
            json.set("sampling", sampling);
        }
        return json;
    }

    private static ObjectNode toJson(ModelSettings.Sampling sampling) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        if (sampling.sampler() != null) {
            json.put("sampler", sampling.sampler().word());
        }
        if (sampling.steps() != null) {
            json.put("steps", sampling.steps());
        }
        JsonValues.put(json, sampling.options());
        if (sampling.guidance() != null) {
            json.put("guidance", sampling.guidance());
        }
        return json;
    }
}
