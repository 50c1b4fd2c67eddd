package org.diffusion4j.weights.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.tensor.TensorType;

/**
 * The checked JSON header of a safetensors file: the entries fill the data from its first byte to its last without gaps,
 * and the length of each follows from its type and shape.
 *
 * @param metadata the texts under {@code __metadata__}, in their order
 * @param entries the tensors in the order of their bytes
 */
record SafetensorsHeader(Map<String, String> metadata, List<TensorEntry> entries) {
    static final String METADATA = "__metadata__";
    /** The longest header that the safetensors library reads. */
    static final int MAX_BYTES = 100_000_000;

    /** Names from a file aren't put into Jackson's shared tables, where they would be cached for ever. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /**
     * @param file for messages
     * @param json the header's bytes, including trailing spaces
     * @param dataBytes how many bytes follow the header
     */
    static SafetensorsHeader parse(Path file, byte[] json, long dataBytes) {
        if (json.length == 0 || json[0] != '{') {
            throw FileFault.in(
                    file,
                    "expected a header that begins with '{', found "
                            + (json.length == 0 ? "an empty one" : String.format(Locale.ROOT, "byte 0x%02x", json[0])));
        }
        SafetensorsHeader header;
        try (Reader text = new InputStreamReader(
                        new ByteArrayInputStream(json),
                        StandardCharsets.UTF_8
                                .newDecoder()
                                .onMalformedInput(CodingErrorAction.REPORT)
                                .onUnmappableCharacter(CodingErrorAction.REPORT));
                JsonParser parser = JSON.createParser(text)) {
            header = new Parsing(file, parser).header();
        } catch (JsonProcessingException e) {
            throw FileFault.in(file, "expected a header of valid JSON, found: " + e.getOriginalMessage());
        } catch (CharacterCodingException e) {
            throw FileFault.in(file, "expected a header in UTF-8, found bytes that are not");
        } catch (IOException e) {
            throw FileFault.from(file, "read the header", e);
        }
        header.checkLayout(file, dataBytes);
        return header;
    }

    private void checkLayout(Path file, long dataBytes) {
        long position = 0;
        for (TensorEntry entry : entries) {
            if (entry.begin() != position) {
                throw FileFault.in(
                        file,
                        entry.name(),
                        "expected it to begin at byte " + position + ", where the tensor before it ends, found offsets "
                                + entry.begin() + ".." + entry.end());
            }
            position = entry.end();
        }
        if (position > dataBytes) {
            throw FileFault.in(
                    file,
                    "expected " + position + " bytes of data, as the header says, found " + dataBytes
                            + ": the file is cut short, as a download that was broken off leaves it");
        }
        if (position != dataBytes) {
            throw FileFault.in(file, "expected the tensors to fill " + dataBytes + " bytes of data, found " + position);
        }
    }

    /** The state while a header is read. Otherwise the file's name and the parser would be arguments everywhere. */
    private record Parsing(Path file, JsonParser parser) {
        SafetensorsHeader header() throws IOException {
            parser.nextToken();
            Map<String, String> metadata = new LinkedHashMap<>();
            List<TensorEntry> entries = new ArrayList<>();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                requireUnicode(name, name);
                JsonToken value = parser.nextToken();
                if (value != JsonToken.START_OBJECT) {
                    throw FileFault.in(file, name, "expected an object, found " + shown(value));
                }
                if (name.equals(METADATA)) {
                    readMetadata(metadata);
                } else {
                    entries.add(readEntry(name));
                }
            }
            JsonToken after = parser.nextToken();
            if (after != null) {
                throw FileFault.in(
                        file, "expected nothing but spaces after the header's object, found " + shown(after));
            }
            // Entries with equal begins are sorted by their ends, so that an empty tensor comes before the next one.
            entries.sort(Comparator.comparingLong(TensorEntry::begin).thenComparingLong(TensorEntry::end));
            return new SafetensorsHeader(metadata, entries);
        }

        private void requireUnicode(String name, String text) {
            if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
                throw FileFault.in(file, name, "expected a text in Unicode, found a lone surrogate");
            }
        }

        private void readMetadata(Map<String, String> metadata) throws IOException {
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String key = parser.currentName();
                requireUnicode(METADATA, key);
                JsonToken value = parser.nextToken();
                if (value != JsonToken.VALUE_STRING) {
                    throw FileFault.in(
                            file, METADATA, "expected a text for " + FileFault.quote(key) + ", found " + shown(value));
                }
                requireUnicode(METADATA, parser.getText());
                metadata.put(key, parser.getText());
            }
        }

        private TensorEntry readEntry(String name) throws IOException {
            TensorType type = null;
            long[] shape = null;
            long[] offsets = null;
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String key = parser.currentName();
                parser.nextToken();
                switch (key) {
                    case "dtype" -> type = readType(name);
                    case "shape" -> shape = readNumbers(name, key);
                    case "data_offsets" -> offsets = readNumbers(name, key);
                    default -> parser.skipChildren(); // the safetensors library ignores them, too
                }
            }
            if (type == null || shape == null || offsets == null) {
                throw FileFault.in(
                        file,
                        name,
                        "expected dtype, shape and data_offsets, found no "
                                + (type == null ? "dtype" : shape == null ? "shape" : "data_offsets"));
            }
            if (offsets.length != 2 || offsets[0] > offsets[1]) {
                throw FileFault.in(
                        file,
                        name,
                        "expected data_offsets [begin, end], found "
                                + (offsets.length == 2 ? offsets[0] + ".." + offsets[1] : offsets.length + " numbers"));
            }
            Optional<Long> bytes = type.byteSize(shape);
            if (bytes.isEmpty() || bytes.get() != offsets[1] - offsets[0]) {
                throw FileFault.in(
                        file,
                        name,
                        "expected " + bytes.map(size -> size + " bytes").orElse("a countable number of whole bytes")
                                + " for " + type.describe(shape) + ", found offsets " + offsets[0] + ".."
                                + offsets[1]);
            }
            return new TensorEntry(name, type, shape, offsets[0], offsets[1]);
        }

        private TensorType readType(String name) throws IOException {
            if (parser.currentToken() != JsonToken.VALUE_STRING) {
                throw FileFault.in(file, name, "expected a text for dtype, found " + shown(parser.currentToken()));
            }
            String text = parser.getText();
            return TensorType.named(text)
                    .orElseThrow(() -> FileFault.in(
                            file,
                            name,
                            "expected a dtype such as F32, F16, BF16 or I64, found " + FileFault.quote(text)));
        }

        /** Reads a list of whole numbers, which fit into a long and aren't negative. */
        private long[] readNumbers(String name, String key) throws IOException {
            if (parser.currentToken() != JsonToken.START_ARRAY) {
                throw FileFault.in(
                        file, name, "expected a list for " + key + ", found " + shown(parser.currentToken()));
            }
            LongStream.Builder numbers = LongStream.builder();
            for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
                boolean countable = token == JsonToken.VALUE_NUMBER_INT
                        && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER
                        && parser.getLongValue() >= 0;
                if (!countable) {
                    throw FileFault.in(
                            file,
                            name,
                            "expected whole numbers from 0 to 2^63 - 1 in " + key + ", found " + shown(token));
                }
                numbers.add(parser.getLongValue());
            }
            return numbers.build().toArray();
        }

        private String shown(JsonToken token) throws IOException {
            if (token == null) {
                return "the end of the header";
            }
            return switch (token) {
                case START_OBJECT -> "an object";
                case START_ARRAY -> "a list";
                case VALUE_STRING, VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> FileFault.quote(parser.getText());
                default -> String.valueOf(token.asString());
            };
        }
    }

    /** The header's bytes as the safetensors library writes them, padded with spaces to a multiple of 8. */
    byte[] toBytes() {
        StringBuilder json = new StringBuilder("{");
        if (!metadata.isEmpty()) {
            appendText(json, METADATA).append(":{");
            metadata.forEach((key, value) -> {
                appendText(json, key).append(':');
                appendText(json, value).append(',');
            });
            json.setCharAt(json.length() - 1, '}');
            json.append(',');
        }
        for (TensorEntry entry : entries) {
            appendText(json, entry.name())
                    .append(":{\"dtype\":\"")
                    .append(entry.type())
                    .append("\",\"shape\":");
            appendNumbers(json, entry.shape()).append(",\"data_offsets\":");
            appendNumbers(json, entry.begin(), entry.end()).append("},");
        }
        if (json.charAt(json.length() - 1) == ',') {
            json.setLength(json.length() - 1);
        }
        json.append('}');
        byte[] unpadded = json.toString().getBytes(StandardCharsets.UTF_8);
        int padding = Math.floorMod(-unpadded.length, 8);
        return (json + " ".repeat(padding)).getBytes(StandardCharsets.UTF_8);
    }

    private static StringBuilder appendNumbers(StringBuilder json, long... numbers) {
        json.append('[');
        for (int i = 0; i < numbers.length; i++) {
            json.append(i == 0 ? "" : ",").append(numbers[i]);
        }
        return json.append(']');
    }

    /** Escapes only what JSON demands, as the safetensors library does (Jackson writes other hex digits). */
    private static StringBuilder appendText(StringBuilder json, String text) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> json.append("\\\"");
                case '\\' -> json.append("\\\\");
                case '\b' -> json.append("\\b");
                case '\f' -> json.append("\\f");
                case '\n' -> json.append("\\n");
                case '\r' -> json.append("\\r");
                case '\t' -> json.append("\\t");
                default -> {
                    if (c < 0x20) {
                        json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
                    } else {
                        json.append(c);
                    }
                }
            }
        }
        return json.append('"');
    }
}
