package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.file.JsonFile;
import org.diffusion4j.weights.file.JsonValues;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A folder with a {@code case.json} and its tensors.
 *
 * @param folder the folder itself
 * @param settings the content of {@code case.json}
 * @param tensors the content of {@code case.safetensors}, with integers as int64 and all others as float32
 */
record ReferenceCase(Path folder, JsonNode settings, Map<String, INDArray> tensors) {
    /** A case whose tensors aren't read, as they may be of types that no array has. */
    static ReferenceCase withoutTensors(Path folder) {
        return new ReferenceCase(folder, JsonFile.read(folder.resolve("case.json")), Map.of());
    }

    static ReferenceCase read(Path folder) {
        JsonNode settings = JsonFile.read(folder.resolve("case.json"));
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        Path file = folder.resolve("case.safetensors");
        if (Files.exists(file)) {
            try (SafetensorsReader reader = SafetensorsReader.open(file)) {
                for (String name : reader.names()) {
                    boolean integer = !reader.entry(name).type().isFloat();
                    tensors.put(name, integer ? reader.readLong(name) : reader.read(name));
                }
            }
        }
        return new ReferenceCase(folder, settings, tensors);
    }

    String kind() {
        return settings.path("kind").asText();
    }

    boolean has(String name) {
        return tensors.containsKey(name);
    }

    INDArray tensor(String name) {
        INDArray tensor = tensors.get(name);
        if (tensor == null) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT, "%s: expected a tensor '%s', found none", folder.resolve("case.safetensors"), name));
        }
        return tensor;
    }

    JsonNode setting(String name) {
        JsonNode value = settings.get(name);
        if (value == null) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT, "%s: expected a setting '%s', found none", folder.resolve("case.json"), name));
        }
        return value;
    }

    /** The values of an object in {@code case.json}, by key; empty if it is missing. */
    Map<String, Object> values(String name) {
        return settings.get(name) instanceof ObjectNode object ? JsonValues.of(object) : Map.of();
    }

    /** The whole {@code case.json}. */
    CaseOptions whole() {
        return new CaseOptions(this, "case", settings);
    }

    /** An object in {@code case.json}. */
    CaseOptions part(String name) {
        return new CaseOptions(this, name, setting(name));
    }

    /** The case's own tolerance. */
    Tolerance tolerance() {
        return tolerance("tolerance");
    }

    /** The tolerance under a name. */
    Tolerance tolerance(String name) {
        if (setting(name).isNumber()) {
            return Tolerance.absolute(whole().number(name));
        }
        CaseOptions tolerance = part(name);
        if (setting(name).has("abs")) {
            return new Tolerance(tolerance.number("abs"), tolerance.number("rel", 0), Double.NaN);
        }
        return new Tolerance(tolerance.number("atol"), tolerance.number("rtol", 0), tolerance.number("floor", 1));
    }
}
