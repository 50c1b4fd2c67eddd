package org.diffusion4j.text;

import static org.diffusion4j.Requirement.requireGiven;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.file.JsonFile;

/** Reads the files of a CLIP tokenizer as transformers writes them. */
final class TokenizerFolder {
    private static final String CONFIG = "tokenizer_config.json";
    private static final String WHOLE = "tokenizer.json";
    private static final String ADDED = "added_tokens_decoder";

    /** Far above any vocabulary, whose ids are rows of a table. */
    private static final int MOST_IDS = 10_000_000;

    private static final long MOST_BYTES = 16_000_000;

    /** The longest prompt that a text encoder may be asked for; transformers writes 10³⁰ for "no limit". */
    private static final int MOST_LENGTH = 100_000;

    private static final Set<String> CLASSES = Set.of("CLIPTokenizer", "CLIPTokenizerFast");

    private final Path folder;
    private final Map<String, Integer> vocabulary = new LinkedHashMap<>();

    private TokenizerFolder(Path folder) {
        this.folder = folder;
    }

    static ClipTokenizer read(Path folder) {
        return new TokenizerFolder(folder).read();
    }

    private ClipTokenizer read() {
        ObjectNode config = object(CONFIG);
        JsonNode name = config.path("tokenizer_class");
        requireGiven(
                name.isMissingNode() || CLASSES.contains(name.asText()),
                file(CONFIG) + ", tokenizer_class",
                "CLIPTokenizer",
                shown(name));
        Path merges = file("merges.txt");
        List<BytePairs.Pair> pairs;
        if (!Files.exists(file("vocab.json")) && Files.exists(file(WHOLE))) {
            merges = file(WHOLE);
            JsonNode model = JsonFile.read(merges).path("model");
            readVocabulary(merges, model.path("vocab"));
            pairs = pairs(merges, model.path("merges"));
        } else {
            readVocabulary(file("vocab.json"), JsonFile.read(file("vocab.json")));
            pairs = pairs(merges);
        }
        SpecialTokens special = special(config);
        int size = vocabulary.values().stream().mapToInt(id -> id + 1).max().orElse(0);
        return new ClipTokenizer(new BytePairs(vocabulary, pairs, special.unknown(), merges.toString()), special, size);
    }

    private Path file(String name) {
        return folder.resolve(name);
    }

    /** A file's content; empty if there is no such file. */
    private ObjectNode object(String name) {
        return Files.exists(file(name)) ? JsonFile.read(file(name)) : JsonNodeFactory.instance.objectNode();
    }

    private void readVocabulary(Path file, JsonNode tokens) {
        requireGiven(tokens.isObject() && !tokens.isEmpty(), file.toString(), "a vocabulary", shown(tokens));
        Set<Integer> ids = new HashSet<>();
        tokens.properties().forEach(token -> {
            int id = id(file, token.getKey(), token.getValue());
            requireGiven(ids.add(id), file + ", '" + token.getKey() + "'", "an id of its own", id);
            vocabulary.put(token.getKey(), id);
        });
    }

    private static int id(Path file, String token, JsonNode id) {
        requireGiven(
                id.isIntegralNumber() && id.canConvertToInt() && id.intValue() >= 0 && id.intValue() < MOST_IDS,
                file + ", '" + token + "'",
                "an id of 0 to " + (MOST_IDS - 1),
                shown(id));
        return id.intValue();
    }

    private static List<BytePairs.Pair> pairs(Path file) {
        List<String> lines;
        try {
            requireGiven(
                    Files.size(file) <= MOST_BYTES,
                    file.toString(),
                    "at most " + MOST_BYTES + " bytes",
                    Files.size(file));
            lines = Files.readAllLines(file);
        } catch (IOException e) {
            throw FileFault.from(file, "read a list of pairs", e);
        }
        List<BytePairs.Pair> pairs = new ArrayList<>(lines.size());
        for (int i = 0; i < lines.size(); i++) {
            boolean isHeading = i == 0 && lines.get(0).contains("#version");
            boolean isEnd = i == lines.size() - 1 && lines.get(i).isEmpty();
            if (!isHeading && !isEnd) {
                pairs.add(pair(file + ", line " + (i + 1), lines.get(i)));
            }
        }
        return pairs;
    }

    /** Of {@code tokenizer.json}: a pair is a text with a space, or since 2024 a list of two. */
    private static List<BytePairs.Pair> pairs(Path file, JsonNode merges) {
        requireGiven(merges.isArray(), file + ", merges", "a list", shown(merges));
        List<BytePairs.Pair> pairs = new ArrayList<>(merges.size());
        for (JsonNode each : merges) {
            String where = file + ", pair " + (pairs.size() + 1);
            if (each.isArray()
                    && each.size() == 2
                    && each.get(0).isTextual()
                    && each.get(1).isTextual()) {
                pairs.add(
                        new BytePairs.Pair(each.get(0).textValue(), each.get(1).textValue()));
            } else {
                pairs.add(pair(where, each.asText()));
            }
        }
        return pairs;
    }

    private static BytePairs.Pair pair(String where, String line) {
        int space = line.indexOf(' ');
        requireGiven(
                space > 0 && space == line.lastIndexOf(' ') && space < line.length() - 1,
                where,
                "two tokens with a space between",
                "'" + line + "'");
        return new BytePairs.Pair(line.substring(0, space), line.substring(space + 1));
    }

    /**
     * The special tokens. A folder that an older version wrote has them in {@code special_tokens_map.json}, which then counts
     * more than its configuration: that of Stable Diffusion 2 has different pad tokens in the two.
     */
    private SpecialTokens special(ObjectNode config) {
        Map<String, String> texts = new HashMap<>();
        texts.put("bos_token", "<|startoftext|>");
        for (String role : List.of("eos_token", "pad_token", "unk_token")) {
            texts.put(role, "<|endoftext|>");
        }
        addRoles(file(CONFIG), config, texts);
        Map<String, Integer> split = new HashMap<>();
        if (config.has(ADDED)) {
            config.path(ADDED).properties().forEach(added -> addToken(added.getKey(), added.getValue(), split));
        } else {
            addRoles(file("special_tokens_map.json"), object("special_tokens_map.json"), texts);
            Path added = file("added_tokens.json");
            object("added_tokens.json").properties().forEach(token -> {
                int id = id(added, token.getKey(), token.getValue());
                vocabulary.putIfAbsent(token.getKey(), id);
                split.put(token.getKey(), id);
            });
        }
        Map<String, Integer> ids = new HashMap<>();
        texts.forEach((role, text) -> {
            Integer id = vocabulary.get(text);
            requireGiven(id != null, folder + ", " + role, "a token of the vocabulary", "'" + text + "'");
            ids.put(role, id);
            split.put(text, id);
        });
        return new SpecialTokens(
                ids.get("bos_token"),
                ids.get("eos_token"),
                ids.get("pad_token"),
                ids.get("unk_token"),
                split,
                length(config));
    }

    private static void addRoles(Path file, ObjectNode object, Map<String, String> texts) {
        texts.replaceAll((role, before) -> {
            JsonNode value = object.path(role);
            JsonNode text = value.isObject() ? value.path("content") : value;
            if (value.isNull() || value.isMissingNode()) {
                return before;
            }
            requireGiven(text.isTextual() && !text.textValue().isEmpty(), file + ", " + role, "a token", shown(text));
            return text.textValue();
        });
    }

    private void addToken(String key, JsonNode token, Map<String, Integer> split) {
        String where = file(CONFIG) + ", " + ADDED + " '" + key + "'";
        String text = token.path("content").asText();
        requireGiven(!text.isEmpty(), where, "a token's content", shown(token));
        for (String option : List.of("lstrip", "rstrip", "single_word")) {
            requireGiven(!token.path(option).asBoolean(), where + ", " + option, "false", true);
        }
        requireGiven(key.matches("[0-9]{1,7}"), where, "an id", "'" + key + "'");
        Integer id = Integer.valueOf(key);
        Integer known = vocabulary.putIfAbsent(text, id);
        requireGiven(known == null || known.equals(id), where, "the id " + known + " of the vocabulary", id);
        split.put(text, id);
    }

    private int length(ObjectNode config) {
        JsonNode length = config.path("model_max_length");
        if (length.isMissingNode() || length.isNull() || (length.isNumber() && length.asDouble() > MOST_LENGTH)) {
            return SpecialTokens.CLIP_LENGTH;
        }
        requireGiven(
                length.isIntegralNumber() && length.asInt() >= 3,
                file(CONFIG) + ", model_max_length",
                "a whole number of at least 3",
                shown(length));
        return length.asInt();
    }

    private static String shown(JsonNode value) {
        return value.isMissingNode() ? "nothing" : value.isContainerNode() ? "a list or an object" : value.toString();
    }
}
