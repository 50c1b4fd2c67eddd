package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.weights.diffusers.ComponentFolder;
import org.diffusion4j.weights.diffusers.UNetConfigJson;
import org.diffusion4j.weights.file.JsonFile;

/** The parameters of public models: how many there are, in which blocks, and each one's name and shape. */
final class ParameterCountsCase {
    private ParameterCountsCase() {}

    static List<Comparison> verify(ReferenceCase reference) {
        Path file = reference.folder().resolve("counts.json");
        List<Comparison> result = new ArrayList<>();
        JsonFile.read(file)
                .path("models")
                .properties()
                .forEach(model -> result.add(verify(reference.folder(), model.getKey(), model.getValue())));
        return result;
    }

    private static Comparison verify(Path folder, String name, JsonNode expected) {
        Path file = folder.resolve(expected.path("config").asText());
        String type = expected.path("class").asText();
        NetworkConfig config;
        if (type.equals("UNet2DModel")) {
            config = UNetConfigJson.read(file);
        } else if (ComponentFolder.knows(type)) {
            config = ComponentFolder.readConfig(file);
        } else {
            return Comparison.failed(name, "expected a class that is known here, found " + type);
        }
        Map<String, long[]> shapes = config.parameterShapes();
        String fault = fault(shapes, expected);
        if (fault == null && expected.has("names_and_shapes")) {
            JsonNode list = JsonFile.read(
                    folder.resolve(expected.get("names_and_shapes").asText()));
            fault = shapeFault(shapes, list);
        }
        return fault == null ? new Comparison(name, 0, true, "") : Comparison.failed(name, fault);
    }

    private static String fault(Map<String, long[]> shapes, JsonNode expected) {
        long found = count(shapes, "");
        if (found != expected.path("parameters").asLong()) {
            for (Map.Entry<String, JsonNode> block : expected.path("by_block").properties()) {
                long inBlock = count(shapes, block.getKey() + ".");
                if (inBlock != block.getValue().asLong()) {
                    return String.format(
                            Locale.ROOT,
                            "%s: expected %d parameters, found %d",
                            block.getKey(),
                            block.getValue().asLong(),
                            inBlock);
                }
            }
            return String.format(
                    Locale.ROOT,
                    "expected %d parameters, found %d",
                    expected.path("parameters").asLong(),
                    found);
        }
        int tensors = expected.path("tensors").asInt();
        return shapes.size() == tensors
                ? null
                : String.format(Locale.ROOT, "expected %d tensors, found %d", tensors, shapes.size());
    }

    private static long count(Map<String, long[]> shapes, String prefix) {
        return shapes.entrySet().stream()
                .filter(parameter -> parameter.getKey().startsWith(prefix))
                .mapToLong(parameter -> Arrays.stream(parameter.getValue()).reduce(1, Math::multiplyExact))
                .sum();
    }

    /** What is wrong with a name or a shape; null if nothing is. */
    private static String shapeFault(Map<String, long[]> shapes, JsonNode list) {
        for (Map.Entry<String, JsonNode> parameter : list.properties()) {
            long[] expected = new long[parameter.getValue().size()];
            Arrays.setAll(expected, i -> parameter.getValue().get(i).asLong());
            long[] found = shapes.get(parameter.getKey());
            if (!Arrays.equals(expected, found)) {
                return String.format(
                        Locale.ROOT,
                        "%s: expected shape %s, found %s",
                        parameter.getKey(),
                        Arrays.toString(expected),
                        found == null ? "none" : Arrays.toString(found));
            }
        }
        return shapes.size() == list.size()
                ? null
                : String.format(Locale.ROOT, "expected %d tensors, found %d", list.size(), shapes.size());
    }
}
