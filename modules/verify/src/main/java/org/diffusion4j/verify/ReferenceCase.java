package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.SafetensorsReader;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A folder with a {@code case.json} and its tensors.
 *
 * @param folder where it lies
 * @param settings {@code case.json}
 * @param tensors {@code case.safetensors}, integers as int64, all else as float32
 */
record ReferenceCase(Path folder, JsonNode settings, Map<String, INDArray> tensors) {
    private static final ObjectMapper JSON = new ObjectMapper();

    static ReferenceCase read(Path folder) {
        JsonNode settings = json(folder.resolve("case.json"));
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

    static JsonNode json(Path file) {
        try {
            return JSON.readTree(file.toFile());
        } catch (IOException e) {
            throw new Diffusion4jException(
                    String.format(
                            Locale.ROOT,
                            "%s: expected JSON, found %s",
                            file,
                            String.valueOf(e.getMessage()).lines().findFirst().orElse("")),
                    e);
        }
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

    /** The case's own tolerance. */
    Tolerance tolerance() {
        JsonNode node = setting("tolerance");
        if (node.isNumber()) {
            return Tolerance.absolute(node.asDouble());
        }
        return new Tolerance(
                node.path("atol").asDouble(),
                node.path("rtol").asDouble(0),
                node.path("floor").asDouble(1));
    }
}
