package org.diffusion4j.weights;

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
    /** A configuration has a few kB, the index of the largest models a few MB. */
    private static final long MAX_BYTES = 100_000_000;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS) // Python writes them: lambda_min_clipped is -Infinity
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private JsonFile() {}

    /**
     * Reads an object.
     *
     * @param file at most 100 MB
     * @return what it holds
     * @throws org.diffusion4j.Diffusion4jException where it can't be read, or isn't a JSON object without duplicate keys
     */
    public static ObjectNode read(Path file) {
        try (InputStream bytes = Files.newInputStream(file)) {
            if (Files.size(file) > MAX_BYTES) {
                throw FileFault.in(file, "expected at most " + MAX_BYTES + " bytes, found " + Files.size(file));
            }
            return read(file, bytes);
        } catch (IOException e) {
            throw FileFault.from(file, "read JSON", e);
        }
    }

    /** @param file what the messages call it */
    static ObjectNode read(Path file, InputStream bytes) throws IOException {
        try {
            JsonNode value = JSON.readTree(bytes);
            if (value instanceof ObjectNode object) {
                return object;
            }
            throw FileFault.in(file, "expected a JSON object, found " + ConfigFields.shown(value));
        } catch (JsonProcessingException e) {
            throw FileFault.in(file, "expected valid JSON, found: " + e.getOriginalMessage());
        }
    }

    /**
     * Writes an object as Python's {@code json.dump(…, indent=2, sort_keys=True)} does; a failure leaves what was there
     * before.
     *
     * @param file the file to write or to replace; its folder must exist
     * @param object what it is to hold
     * @throws org.diffusion4j.Diffusion4jException where it can't be written
     */
    public static void write(Path file, ObjectNode object) {
        ByteBuffer bytes = ByteBuffer.wrap(PythonJson.print(object).getBytes(StandardCharsets.UTF_8));
        FileReplacement.write(file, bytes);
    }
}
