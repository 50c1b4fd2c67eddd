package org.diffusion4j.weights.diffusers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.file.JsonFile;
import org.diffusion4j.weights.file.JsonValues;

/**
 * The index of a network's shards: which tensor is in which file.
 *
 * @param file the index, for messages
 * @param shards the names of the tensors in each file, by the file's name, in the order in which diffusers reads them
 */
public record ShardIndex(Path file, SortedMap<String, List<String>> shards) {
    /** Keeps the map, which nobody can change. */
    public ShardIndex {
        shards = Collections.unmodifiableSortedMap(shards);
    }

    /**
     * Reads an index.
     *
     * @param file the index
     * @param format the format of the shards
     * @return its content
     * @throws Diffusion4jException if it isn't an index, or a shard isn't a file of the format in the index's own folder
     */
    public static ShardIndex read(Path file, WeightFormat format) {
        JsonNode map = JsonFile.read(file).path("weight_map");
        if (!(map instanceof ObjectNode)) {
            throw FileFault.in(file, "weight_map", "expected an object, found " + JsonValues.shown(map));
        }
        SortedMap<String, List<String>> shards = new TreeMap<>();
        for (Map.Entry<String, JsonNode> tensor : map.properties()) {
            if (!isPlain(tensor.getValue().asText(), format)) {
                throw FileFault.in(
                        file,
                        tensor.getKey(),
                        "expected the name of a ." + format.suffix() + " file in this folder, found "
                                + JsonValues.shown(tensor.getValue()));
            }
            shards.computeIfAbsent(tensor.getValue().textValue(), name -> new ArrayList<>())
                    .add(tensor.getKey());
        }
        return new ShardIndex(file, shards);
    }

    /** Whether it is a file's name that leads nowhere else on any system. */
    private static boolean isPlain(String name, WeightFormat format) {
        return name.endsWith("." + format.suffix())
                && !name.startsWith(".")
                && name.chars().noneMatch(c -> Character.isISOControl(c) || "/\\:".indexOf(c) >= 0);
    }
}
