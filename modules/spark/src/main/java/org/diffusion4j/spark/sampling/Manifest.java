package org.diffusion4j.spark.sampling;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.diffusion4j.Diffusion4jException;

/**
 * What is in a folder of pictures: what they depend on, written before the first is drawn, and the shards, once all are there.
 *
 * @param files the folder's file system
 * @param folder the folder
 */
record Manifest(FileSystem files, Path folder) {
    /** Spark's readers pass over such a name. */
    static final String NAME = "_manifest.json";

    private static final String SHARDS = "shards";
    private static final ObjectMapper JSON = new ObjectMapper();

    private Path place() {
        return new Path(folder, NAME);
    }

    boolean exists() throws IOException {
        return files.exists(place());
    }

    /** Refuses a folder of pictures that depend on something else. */
    void requireSame(Map<String, Object> job) throws IOException {
        JsonNode found;
        try (InputStream in = files.open(place())) {
            found = JSON.readTree(in.readAllBytes());
        }
        ObjectNode expected = JSON.valueToTree(job);
        // As they are read: a whole number has one type there.
        expected = (ObjectNode) JSON.readTree(JSON.writeValueAsBytes(expected));
        for (String key : job.keySet()) {
            JsonNode there = found.path(key);
            if (!there.equals(expected.get(key))) {
                throw new Diffusion4jException(String.format(
                        Locale.ROOT,
                        "%s, '%s': expected %s, as it is asked for, found %s, with which the folder's pictures were drawn",
                        place(),
                        key,
                        expected.get(key),
                        there.isMissingNode() ? "nothing" : there));
            }
        }
    }

    /** @param shards null while pictures are missing */
    void write(Map<String, Object> job, List<Map<String, Object>> shards) throws IOException {
        ObjectNode object = JSON.valueToTree(job);
        object.put("complete", shards != null);
        object.set(SHARDS, JSON.valueToTree(shards == null ? List.of() : shards));
        Path beside = new Path(folder, NAME + ".new");
        try (OutputStream out = files.create(beside, true)) {
            out.write(JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(object));
        }
        if (!files.rename(beside, place())) {
            // HDFS replaces nothing.
            files.delete(place(), false);
            if (!files.rename(beside, place())) {
                throw new IOException("can't rename " + beside);
            }
        }
    }
}
