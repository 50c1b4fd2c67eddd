package org.diffusion4j.weights.file;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A JSON object in a file. */
public final class JsonFile {
    /** The largest size of an index: that of the largest models has a few MB. */
    private static final long MAX_BYTES = 16_000_000;
    /** The largest size of a configuration, which has a few kB, or some more with a thousand class names. */
    private static final long MAX_CONFIG_BYTES = 1_000_000;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(
                    JsonReadFeature
                            .ALLOW_NON_NUMERIC_NUMBERS) // Python writes them, such as -Infinity for lambda_min_clipped
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private JsonFile() {}

    /**
     * Reads an object.
     *
     * @param file at most 16 MB
     * @return the file's content
     * @throws org.diffusion4j.Diffusion4jException if it can't be read, isn't a JSON object, or has duplicate keys
     */
    public static ObjectNode read(Path file) {
        return read(file, MAX_BYTES);
    }

    /**
     * Reads an object that is a configuration.
     *
     * @param file at most 1 MB
     * @return the file's content
     * @throws org.diffusion4j.Diffusion4jException as above
     */
    public static ObjectNode readConfig(Path file) {
        return read(file, MAX_CONFIG_BYTES);
    }

    private static ObjectNode read(Path file, long mostBytes) {
        try (InputStream bytes = Files.newInputStream(file)) {
            if (Files.size(file) > mostBytes) {
                throw FileFault.in(file, "expected at most " + mostBytes + " bytes, found " + Files.size(file));
            }
            return parse(file, bytes);
        } catch (JsonProcessingException e) {
            // For a file that isn't JSON at all, such as a web page, its kind says more than its first wrong character.
            throw FileFault.in(
                    file,
                    ForeignFile.kind(file)
                            .filter(kind -> !kind.startsWith("JSON"))
                            .map(kind -> "expected JSON, found " + kind)
                            .orElseGet(() -> fault(e)));
        } catch (IOException e) {
            throw FileFault.from(file, "read JSON", e);
        }
    }

    /**
     * Reads an object from memory.
     *
     * @param file the file's name for messages
     * @param bytes the file's content
     * @return the object
     * @throws org.diffusion4j.Diffusion4jException if it isn't a JSON object, or has duplicate keys
     * @throws IOException if the bytes can't be read
     */
    public static ObjectNode read(Path file, InputStream bytes) throws IOException {
        try {
            return parse(file, bytes);
        } catch (JsonProcessingException e) {
            throw FileFault.in(file, fault(e));
        }
    }

    private static ObjectNode parse(Path file, InputStream bytes) throws IOException {
        JsonNode value = JSON.readTree(bytes);
        if (value instanceof ObjectNode object) {
            return object;
        }
        throw FileFault.in(file, "expected a JSON object, found " + JsonValues.shown(value));
    }

    private static String fault(JsonProcessingException e) {
        return "expected valid JSON, found: " + e.getOriginalMessage();
    }

    /**
     * Writes an object as Python's {@code json.dump(…, indent=2, sort_keys=True)} does. After a failure the old file is unchanged.
     *
     * @param file the file to write or to replace; its folder must exist
     * @param object the file's content
     * @throws org.diffusion4j.Diffusion4jException if it can't be written
     */
    public static void write(Path file, ObjectNode object) {
        ByteBuffer bytes = ByteBuffer.wrap(PythonJson.print(object).getBytes(StandardCharsets.UTF_8));
        FileReplacement.write(file, bytes);
    }
}
