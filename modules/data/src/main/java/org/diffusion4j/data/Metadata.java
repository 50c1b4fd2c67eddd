package org.diffusion4j.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.Diffusion4jException;

/**
 * The rows of {@code metadata.jsonl} and {@code metadata.csv} files, whose names may be in upper or lower case. A row has a
 * picture's path, relative to the metadata file, and columns.
 */
final class Metadata {
    private static final String FILE_NAME = "file_name";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final CsvMapper CSV = new CsvMapper();

    private Metadata() {}

    /**
     * Reads the metadata files above and below a folder.
     *
     * @param metadata the files' names
     * @param pictures the names of all pictures, including other splits
     * @param base only rows for pictures in this folder are given
     * @return the columns by picture; null and empty values are left out
     * @throws Diffusion4jException if a row is damaged, names a picture that another row names, too, or one that doesn't exist
     */
    static Map<String, Map<String, String>> read(
            PictureFiles files, Set<String> metadata, Set<String> pictures, String base) {
        Map<String, byte[]> contents = new LinkedHashMap<>();
        List<String> wanted = metadata.stream()
                .filter(name -> {
                    String folder = folder(name);
                    return folder.startsWith(base) || base.startsWith(folder);
                })
                .toList();
        try {
            files.read(Set.copyOf(wanted), (name, size, content) -> {
                try {
                    contents.put(name, content.bytes());
                } catch (IOException e) {
                    throw new Diffusion4jException(files.place() + "/" + name + ": " + e.getMessage(), e);
                }
            });
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        Map<String, Map<String, String>> rows = new HashMap<>();
        List<String> twice = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        for (String file : wanted) {
            String place = files.place() + "/" + file;
            String text = Utf8.text(place, contents.get(file));
            List<Map<String, String>> read = FileKind.suffix(file).equals("csv") ? csv(place, text) : json(place, text);
            for (Map<String, String> row : read) {
                String name = PictureFiles.name(folder(file) + row.get(FILE_NAME));
                if (!pictures.contains(name)) {
                    missing.add(name);
                } else if (rows.put(name, row) != null) {
                    twice.add(name);
                }
            }
        }
        if (!twice.isEmpty() || !missing.isEmpty()) {
            throw new Diffusion4jException(files.place()
                    + ": expected metadata with one row for a picture that is there, found "
                    + (twice.isEmpty() ? "" : twice.size() + " named twice: " + Names.list(twice))
                    + (twice.isEmpty() || missing.isEmpty() ? "" : ", and ")
                    + (missing.isEmpty() ? "" : missing.size() + " that are not there: " + Names.list(missing)));
        }
        rows.keySet().removeIf(name -> !name.startsWith(base));
        return rows;
    }

    private static String folder(String name) {
        return name.substring(0, name.lastIndexOf('/') + 1);
    }

    private static List<Map<String, String>> json(String place, String text) {
        List<Map<String, String>> rows = new ArrayList<>();
        int number = 0;
        for (String line : (Iterable<String>) text.lines()::iterator) {
            number++;
            if (line.isBlank()) {
                continue;
            }
            JsonNode node;
            try {
                node = JSON.readTree(line);
            } catch (JsonProcessingException e) {
                throw new Diffusion4jException(
                        place + ", line " + number + ": expected a JSON object, found: "
                                + Names.brief(e.getOriginalMessage(), 160),
                        e);
            }
            if (!node.isObject() || !node.path(FILE_NAME).isTextual()) {
                throw new Diffusion4jException(place + ", line " + number + ": expected an object with a text \""
                        + FILE_NAME + "\", found " + Names.brief(line, 160));
            }
            Map<String, String> row = new HashMap<>();
            node.properties().forEach(each -> {
                if (each.getValue().isValueNode() && !each.getValue().isNull()) {
                    row.put(each.getKey(), each.getValue().asText());
                }
            });
            rows.add(row);
        }
        return rows;
    }

    private static List<Map<String, String>> csv(String place, String text) {
        List<Map<String, String>> rows = new ArrayList<>();
        CsvSchema schema = CsvSchema.emptySchema().withHeader().withStrictHeaders(false);
        try (MappingIterator<Map<String, String>> all =
                CSV.readerForMapOf(String.class).with(schema).readValues(text)) {
            while (all.hasNextValue()) {
                Map<String, String> row = new HashMap<>(all.nextValue());
                row.values().removeIf(value -> value == null || value.isEmpty());
                if (!row.containsKey(FILE_NAME)) {
                    throw new Diffusion4jException(place + ", row " + (rows.size() + 1) + ": expected a column \""
                            + FILE_NAME + "\" with a name, found none");
                }
                rows.add(row);
            }
        } catch (IOException | RuntimeException e) {
            if (e instanceof Diffusion4jException told) {
                throw told;
            }
            String message = e instanceof JsonProcessingException json ? json.getOriginalMessage() : e.getMessage();
            throw new Diffusion4jException(
                    place + ", row " + (rows.size() + 1) + ": expected CSV, found: "
                            + Names.brief(String.valueOf(message), 160),
                    e);
        }
        return rows;
    }
}
