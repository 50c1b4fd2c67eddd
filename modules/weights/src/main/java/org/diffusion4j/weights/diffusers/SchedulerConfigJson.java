package org.diffusion4j.weights.diffusers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.weights.file.JsonFile;
import org.diffusion4j.weights.file.JsonValues;

/**
 * Reads and writes {@code scheduler_config.json} like diffusers' schedulers. A missing key has diffusers' default; an
 * unknown key has no effect.
 */
public final class SchedulerConfigJson {
    private static final String CLASS_NAME = "_class_name";
    /** The end of every class name, which a message leaves out so that it can list all of them in one line. */
    private static final String SUFFIX = "Scheduler";

    private static final String PREDICTION_TYPE = "prediction_type";
    /** The key that diffusers had instead of prediction_type before 0.8: false for a network that predicts the sample. */
    private static final String PREDICT_EPSILON = "predict_epsilon";

    /** A key that diffusers had before 0.8 for the kind of arrays that a scheduler takes, which is no option of the schedule. */
    private static final String TENSOR_FORMAT = "tensor_format";
    /** A key that diffusers had before 0.8, and always wrote as null. */
    private static final String TIMESTEP_VALUES = "timestep_values";

    /**
     * The keys of all schedulers. A file may have those of another scheduler, since diffusers keeps them in case that one
     * is made from it.
     */
    static final Set<String> KEYS = Arrays.stream(SchedulerKind.values())
            .flatMap(kind -> kind.defaults().keys().stream())
            .collect(Collectors.toSet());

    private SchedulerConfigJson() {}

    /**
     * Reads a configuration.
     *
     * @param file a scheduler_config.json
     * @return the configuration
     * @throws org.diffusion4j.Diffusion4jException if the file can't be read, is for a class without a {@link
     *     SchedulerKind}, or has an option of a wrong type or out of range; the message names file and key
     */
    public static SchedulerConfig read(Path file) {
        return read(file, JsonFile.readConfig(file));
    }

    static SchedulerConfig read(Path file, ObjectNode object) {
        return read(file, object, new UnknownKeys());
    }

    static SchedulerConfig read(Path file, ObjectNode object, UnknownKeys unknown) {
        ConfigFields fields = new ConfigFields(file, object, unknown);
        SchedulerKind kind = kind(fields, object);
        Map<String, Object> keys = keys(fields, object);
        KEYS.forEach(key -> fields.present(key, value -> {}));
        fields.present(PREDICT_EPSILON, value -> {});
        fields.present(TENSOR_FORMAT, value -> {});
        if (object.path(TIMESTEP_VALUES).isNull()) {
            fields.present(TIMESTEP_VALUES, value -> {});
        }
        return fields.build(() -> kind.of(keys));
    }

    private static SchedulerKind kind(ConfigFields fields, ObjectNode object) {
        String name = object.path(CLASS_NAME).asText();
        return SchedulerKind.ofClass(name)
                .orElseThrow(() -> fields.expected(
                        CLASS_NAME,
                        "the name of one of these with " + SUFFIX + " at its end: "
                                + Arrays.stream(SchedulerKind.values())
                                        .map(kind -> kind.className().replace(SUFFIX, ""))
                                        .collect(Collectors.joining(", ")),
                        object.path(CLASS_NAME)));
    }

    /**
     * The keys of a file, from which any kind of scheduler can be made.
     *
     * @param object the content of a scheduler_config.json
     */
    static Map<String, Object> keys(ObjectNode object) {
        return keys(new ConfigFields(Path.of("scheduler_config.json"), object, new UnknownKeys()), object);
    }

    private static Map<String, Object> keys(ConfigFields fields, ObjectNode object) {
        Map<String, Object> keys = JsonValues.of(object);
        keys.keySet().removeIf(key -> key.startsWith("_"));
        fields.truth(PREDICT_EPSILON, epsilon -> {
            keys.remove(PREDICT_EPSILON);
            oldPrediction(fields, object, epsilon, keys);
        });
        return keys;
    }

    /** Reads the old key. It gives the prediction type if there is no other key for it; for v_prediction it may not be false. */
    private static void oldPrediction(
            ConfigFields fields, ObjectNode object, boolean epsilon, Map<String, Object> keys) {
        Prediction meant = epsilon ? Prediction.EPSILON : Prediction.SAMPLE;
        JsonNode given = object.get(PREDICTION_TYPE);
        if (given == null) {
            keys.put(PREDICTION_TYPE, meant.configName());
        } else if (!epsilon && !given.asText().equals(meant.configName())) {
            throw fields.expected(
                    PREDICT_EPSILON,
                    "true or nothing, as prediction_type is " + JsonValues.shown(given),
                    object.get(PREDICT_EPSILON));
        }
    }

    /**
     * Writes a configuration as diffusers does: the keys of its class, sorted.
     *
     * @param file the file to write or replace
     * @param config the configuration
     * @throws org.diffusion4j.Diffusion4jException if the file can't be written
     */
    public static void write(Path file, SchedulerConfig config) {
        JsonFile.write(file, toJson(config));
    }

    /** The JSON to write back if {@code source} was read from a file and the configuration may have changed since. */
    static ObjectNode toJson(SchedulerConfig config, ObjectNode source) {
        ObjectNode result =
                ConfigChange.applied(source, toJson(read(Path.of("scheduler_config.json"), source)), toJson(config));
        if (result.remove(PREDICT_EPSILON) != null) {
            // Present versions of diffusers don't know the old key any more.
            result.put(PREDICTION_TYPE, config.predictionType().configName());
        }
        return result;
    }

    /**
     * Converts a configuration to JSON.
     *
     * @param config the configuration
     * @return a new object with what {@link #write} writes
     */
    public static ObjectNode toJson(SchedulerConfig config) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put(CLASS_NAME, config.kind().className());
        json.put("_diffusers_version", UNetConfigJson.DIFFUSERS_VERSION);
        JsonValues.put(json, config.toMap());
        return json;
    }
}
