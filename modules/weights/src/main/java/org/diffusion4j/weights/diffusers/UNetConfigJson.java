package org.diffusion4j.weights.diffusers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.diffusion4j.config.ConfigKeys;
import org.diffusion4j.config.Extension;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.weights.file.JsonFile;
import org.diffusion4j.weights.file.JsonValues;
import org.diffusion4j.weights.file.PythonJson;

/**
 * Reads and writes a U-Net's {@code config.json} like diffusers' {@code UNet2DModel}. A missing key has diffusers' default;
 * an unknown key has no effect. Options that diffusers doesn't have are written only if they differ from its behaviour, so
 * that an ordinary model stays an ordinary diffusers folder.
 */
public final class UNetConfigJson {
    static final String CLASS_NAME = "UNet2DModel";
    /** The version of diffusers whose behaviour this library has; it is written to new files. */
    static final String DIFFUSERS_VERSION = "0.40.0.dev0";

    private static final UNetConfig DEFAULTS = UNetConfig.builder().build();

    private UNetConfigJson() {}

    /**
     * Reads a configuration.
     *
     * @param file a config.json
     * @return the configuration
     * @throws org.diffusion4j.Diffusion4jException if the file can't be read, is for another class than UNet2DModel, or has
     *     an option of a wrong type or one that makes no valid network; the message names file and key
     */
    public static UNetConfig read(Path file) {
        return read(file, JsonFile.readConfig(file));
    }

    static UNetConfig read(Path file, ObjectNode object) {
        return read(file, object, new UnknownKeys());
    }

    static UNetConfig read(Path file, ObjectNode object, UnknownKeys unknown) {
        ObjectNode json = inTodaysWords(object);
        ConfigFields fields = new ConfigFields(file, json, unknown);
        fields.present("_class_name", value -> {
            if (!value.isTextual() || !value.textValue().equals(CLASS_NAME)) {
                throw fields.expected("_class_name", CLASS_NAME, value);
            }
        });
        ConfigKeys.of(DEFAULTS).forEach(key -> fields.present(key, value -> {}));
        return fields.build(() -> ConfigKeys.with(DEFAULTS, JsonValues.of(json)));
    }

    /** Converts old spellings, which diffusers reads but doesn't write. */
    private static ObjectNode inTodaysWords(ObjectNode object) {
        ObjectNode json = object.deepCopy();
        BlockNames.inTodaysWords(json, "down_block_types", "up_block_types");
        ActivationNames.inTodaysWords(json, "act_fn");
        for (String key : List.of("downsample_type", "upsample_type")) {
            if (json.path(key).isNull()) {
                json.remove(key);
            }
        }
        return json;
    }

    /**
     * Writes a configuration as diffusers does: its keys, sorted.
     *
     * @param file the file to write or replace
     * @param config the configuration
     * @throws org.diffusion4j.Diffusion4jException if the file can't be written
     */
    public static void write(Path file, UNetConfig config) {
        JsonFile.write(file, toJson(config));
    }

    /**
     * Formats a configuration as text.
     *
     * @param config the configuration
     * @return what {@link #write} writes to a file
     */
    public static String format(UNetConfig config) {
        return PythonJson.print(toJson(config));
    }

    /**
     * Reads a configuration from text.
     *
     * @param json the content of a config.json
     * @return the configuration
     * @throws org.diffusion4j.Diffusion4jException as for {@link #read(Path)}
     */
    public static UNetConfig parse(String json) {
        Path name = Path.of("config.json");
        try {
            return read(name, JsonFile.read(name, new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8))));
        } catch (IOException e) {
            throw new UncheckedIOException("bytes in memory can't fail", e);
        }
    }

    /** The JSON to write back if {@code source} was read from a file and the configuration may have changed since. */
    static ObjectNode toJson(UNetConfig config, ObjectNode source) {
        return ConfigChange.applied(source, toJson(read(Path.of("config.json"), source)), toJson(config));
    }

    /**
     * Converts a configuration to JSON.
     *
     * @param config the configuration
     * @return what {@link #write} writes to a file; a new object
     */
    public static ObjectNode toJson(UNetConfig config) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        Map<String, Object> keys = ConfigKeys.toMap(config);
        Map<String, Object> defaults = ConfigKeys.toMap(DEFAULTS);
        ConfigKeys.marked(config, Extension.class).forEach(key -> keys.remove(key, defaults.get(key)));
        JsonValues.put(json, keys);
        json.put("_class_name", CLASS_NAME);
        json.put("_diffusers_version", DIFFUSERS_VERSION);
        json.set("freq_shift", wholeIfItIs(config.freqShift()));
        json.set("mid_block_scale_factor", wholeIfItIs(config.midBlockScaleFactor()));
        return json;
    }

    /** A number that is printed without a decimal point if it is whole, as Python prints diffusers' defaults for these options. */
    private static JsonNode wholeIfItIs(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e9
                ? JsonNodeFactory.instance.numberNode((int) value)
                : JsonNodeFactory.instance.numberNode(value);
    }
}
