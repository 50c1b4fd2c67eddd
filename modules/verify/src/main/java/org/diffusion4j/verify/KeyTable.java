package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.diffusion4j.weights.singlefile.MappedTensor;
import org.diffusion4j.weights.singlefile.SingleFileMapping;

/** Compares a table of a single file's keys with a mapping, row by row in both directions. */
record KeyTable(List<Map<String, JsonNode>> rows) {
    static KeyTable read(Path file) {
        return new KeyTable(PackedTable.rows(file));
    }

    /**
     * @param name is put before each comparison's name
     * @param mapping of all networks that the table names
     */
    List<Comparison> compare(String name, SingleFileMapping mapping) {
        Set<String> expected = new LinkedHashSet<>();
        Set<String> ignored = new LinkedHashSet<>();
        for (Map<String, JsonNode> row : rows) {
            if (value(row, "transform").asText().equals("ignore")) {
                ignored.add(value(row, "original key").asText());
            } else {
                expected.add(described(row));
            }
        }
        Set<String> found = new LinkedHashSet<>();
        mapping.tensors().forEach(tensor -> found.add(described(tensor)));
        return List.of(
                compare(
                        name + "to diffusers",
                        expected,
                        found,
                        mapping.tensors().size()),
                compare(name + "to the single file", found, expected, expected.size()),
                ignored(name + "ignored", ignored, mapping));
    }

    /** Whether each of some rows is among others, of which there are as many. */
    private static Comparison compare(String name, Set<String> rows, Set<String> others, int count) {
        for (String row : rows) {
            if (!others.contains(row)) {
                return Comparison.failed(name, row + ": not on the other side");
            }
        }
        return rows.size() == count
                ? new Comparison(name, 0, !rows.isEmpty(), "")
                : Comparison.failed(name, "expected " + rows.size() + ", found " + count);
    }

    static Comparison ignored(String name, Set<String> keys, SingleFileMapping mapping) {
        List<String> taken = new ArrayList<>(new TreeSet<>(keys)
                .stream().filter(key -> !mapping.ignores(key)).toList());
        return taken.isEmpty()
                ? new Comparison(name, 0, true, "")
                : Comparison.failed(name, taken.get(0) + ": not ignored");
    }

    private static JsonNode value(Map<String, JsonNode> row, String column) {
        JsonNode value = row.get(column);
        return value == null ? MissingNode.getInstance() : value;
    }

    private static String described(Map<String, JsonNode> row) {
        return String.join(
                " ",
                value(row, "original key").asText(),
                shape(value(row, "original shape")),
                value(row, "component").asText(),
                value(row, "diffusers key").asText(),
                shape(value(row, "diffusers shape")),
                value(row, "transform").asText());
    }

    private static String shape(JsonNode shape) {
        List<Long> dimensions = new ArrayList<>();
        shape.forEach(dimension -> dimensions.add(dimension.asLong(-1)));
        return dimensions.toString();
    }

    private static String described(MappedTensor tensor) {
        return String.join(
                " ",
                tensor.original(),
                Arrays.toString(tensor.originalShape()),
                tensor.component(),
                tensor.parameter(),
                Arrays.toString(tensor.shape()),
                tensor.conversion().describe(tensor.shape()));
    }
}
