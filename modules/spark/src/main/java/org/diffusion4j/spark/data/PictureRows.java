package org.diffusion4j.spark.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.diffusion4j.Diffusion4jException;

/** Turns the rows of a data set into the files of a folder, of which one has the rows' labels and captions. */
final class PictureRows {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ImageColumn column;
    private final String folder;
    private final int label;
    private final int caption;
    private final StringBuilder metadata = new StringBuilder();

    /**
     * @param folder with a slash at its end, or empty
     * @param label the index of the column with labels; -1 for none
     * @param caption the index of the column with texts; -1 for none
     */
    PictureRows(ImageColumn column, String folder, int label, int caption) {
        this.column = column;
        this.folder = folder;
        this.label = label;
        this.caption = caption;
    }

    /** The path in the folder. What else the row says about the picture is noted. */
    String name(Row row) {
        String path = DatasetPictures.path(column.name(row));
        if (!path.startsWith(folder) || path.length() == folder.length()) {
            throw new Diffusion4jException("data set: expected pictures in " + folder + ", found " + path);
        }
        String name = path.substring(folder.length());
        Map<String, String> known = new LinkedHashMap<>();
        note(known, row, label);
        note(known, row, caption);
        if (!known.isEmpty()) {
            known.put("file_name", name);
            try {
                metadata.append(JSON.writeValueAsString(known)).append('\n');
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("words are JSON", e);
            }
        }
        return name;
    }

    private static void note(Map<String, String> known, Row row, int index) {
        if (index >= 0 && !row.isNullAt(index)) {
            known.put(row.schema().fieldNames()[index], row.get(index).toString());
        }
    }

    byte[] file(Row row) {
        return column.file(row);
    }

    /** What the rows said until now, one line of JSON for each picture; empty if they said nothing. */
    byte[] metadata() {
        return metadata.toString().getBytes(StandardCharsets.UTF_8);
    }
}
