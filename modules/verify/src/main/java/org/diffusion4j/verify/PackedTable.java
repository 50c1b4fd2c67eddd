package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.file.JsonFile;

/** Reads the packed JSON beside a case, and a table in it: an object of {@code columns} and {@code rows}. */
final class PackedTable {
    private PackedTable() {}

    static ObjectNode json(Path file) {
        try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
            return JsonFile.read(file, in);
        } catch (IOException e) {
            throw new Diffusion4jException(file + ": expected packed JSON (.json.gz), found " + e, e);
        }
    }

    /** @return the rows, each with its values by the columns' names */
    static List<Map<String, JsonNode>> rows(Path file) {
        ObjectNode table = json(file);
        List<Map<String, JsonNode>> rows = new ArrayList<>();
        for (JsonNode row : table.path("rows")) {
            Map<String, JsonNode> values = new LinkedHashMap<>();
            for (int column = 0; column < row.size(); column++) {
                values.put(table.path("columns").path(column).asText(), row.get(column));
            }
            rows.add(values);
        }
        return rows;
    }
}
