package org.diffusion4j.text;

import static org.diffusion4j.Requirement.require;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.diffusion4j.weights.file.FileReplacement;
import org.diffusion4j.weights.file.JsonFile;

/** Writes the files of a CLIP tokenizer as transformers does. */
final class TokenizerWriter {
    private static final String START = PackedVocabulary.START;
    private static final String END = PackedVocabulary.END;

    private final ObjectNode vocabulary = JsonNodeFactory.instance.objectNode();

    /**
     * @param merges pairs of tokens with a space between
     * @throws IllegalArgumentException if a pair isn't one of two earlier tokens, or makes no new one
     */
    TokenizerWriter(List<String> merges) {
        BytePairs.symbols().forEach(this::add);
        BytePairs.symbols().forEach(symbol -> add(symbol + BytePairs.WORD_END));
        for (String merge : merges) {
            int space = merge.indexOf(' ');
            String left = merge.substring(0, Math.max(space, 0));
            String right = merge.substring(space + 1);
            require(
                    vocabulary.has(left) && vocabulary.has(right) && !vocabulary.has(left + right),
                    "merges, pair " + (vocabulary.size() - 511),
                    "two earlier tokens that make a new one, with a space between",
                    "'" + merge + "'");
            add(left + right);
        }
        add(START);
        add(END);
    }

    private void add(String token) {
        vocabulary.put(token, vocabulary.size());
    }

    /** Whether these are the ids by the tokens' spelling. */
    boolean hasIds(Map<String, Integer> ids) {
        return ids.size() == vocabulary.size()
                && ids.entrySet().stream()
                        .allMatch(token -> vocabulary.path(token.getKey()).asInt(-1) == token.getValue());
    }

    void writeTo(Path folder, List<String> merges, String padToken, int length) {
        JsonFile.write(folder.resolve("vocab.json"), vocabulary);
        StringBuilder lines = new StringBuilder("#version: 0.2\n"); // Python refuses a file with an empty line
        merges.forEach(merge -> lines.append(merge).append('\n'));
        byte[] bytes = lines.toString().getBytes(StandardCharsets.UTF_8);
        FileReplacement.write(folder.resolve("merges.txt"), ByteBuffer.wrap(bytes));
        ObjectNode special = JsonNodeFactory.instance.objectNode();
        special.put("bos_token", START)
                .put("eos_token", END)
                .put("pad_token", padToken)
                .put("unk_token", END);
        JsonFile.write(folder.resolve("special_tokens_map.json"), special);
        ObjectNode config = special.deepCopy();
        config.put("tokenizer_class", "CLIPTokenizer").put("model_max_length", length);
        // With this list, no other file of an earlier tokenizer in the folder counts.
        ObjectNode added = config.putObject("added_tokens_decoder");
        for (String text : new TreeSet<>(Arrays.asList(START, END, padToken))) {
            added.putObject(vocabulary.get(text).asText())
                    .put("content", text)
                    .put("lstrip", false)
                    .put("normalized", text.equals(START))
                    .put("rstrip", false)
                    .put("single_word", false)
                    .put("special", true);
        }
        JsonFile.write(folder.resolve("tokenizer_config.json"), config);
    }
}
