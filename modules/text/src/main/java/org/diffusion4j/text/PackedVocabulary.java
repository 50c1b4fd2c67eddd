package org.diffusion4j.text;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.diffusion4j.Requirement;

/** CLIP's own vocabulary of 49,408 tokens (OpenAI, MIT licence), which is packed in the jar. */
final class PackedVocabulary {
    static final String START = "<|startoftext|>";
    static final String END = "<|endoftext|>";

    private static final String FILE = "clip-merges.txt.gz";

    private PackedVocabulary() {}

    /** The pairs of tokens in the order in which they were learned, each with a space between. */
    static List<String> merges() {
        try (InputStream packed = PackedVocabulary.class.getResourceAsStream(FILE);
                BufferedReader lines = new BufferedReader(
                        new InputStreamReader(new GZIPInputStream(packed), StandardCharsets.UTF_8))) {
            return lines.lines().filter(line -> !line.startsWith("#version")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The tokens in the order of their ids: the bytes, the same at a word's end, what each merge makes, and the special ones. */
    static List<String> tokens(List<String> merges) {
        List<String> tokens = new ArrayList<>(BytePairs.symbols());
        BytePairs.symbols().forEach(symbol -> tokens.add(symbol + BytePairs.WORD_END));
        merges.forEach(merge -> tokens.add(merge.replace(" ", "")));
        tokens.add(START);
        tokens.add(END);
        return tokens;
    }

    /** @throws IllegalArgumentException if the pad token isn't in the vocabulary */
    static ClipTokenizer tokenizer(String padToken) {
        return tokenizer(merges(), padToken, SpecialTokens.CLIP_LENGTH);
    }

    /**
     * A tokenizer whose vocabulary is made as CLIP's was.
     *
     * @param merges pairs of tokens in the order in which they were learned, each with a space between
     * @throws IllegalArgumentException if the pad token isn't in the vocabulary
     */
    static ClipTokenizer tokenizer(List<String> merges, String padToken, int length) {
        Map<String, Integer> vocabulary = new HashMap<>();
        for (String token : tokens(merges)) {
            vocabulary.put(token, vocabulary.size());
        }
        Requirement.require(
                vocabulary.containsKey(padToken), "padToken", "a token of the vocabulary", "'" + padToken + "'");
        List<BytePairs.Pair> pairs = new ArrayList<>();
        for (String merge : merges) {
            int space = merge.indexOf(' ');
            pairs.add(new BytePairs.Pair(merge.substring(0, space), merge.substring(space + 1)));
        }
        int end = vocabulary.get(END);
        Map<String, Integer> texts = new HashMap<>(Map.of(START, vocabulary.get(START), END, end));
        texts.put(padToken, vocabulary.get(padToken));
        SpecialTokens special =
                new SpecialTokens(vocabulary.get(START), end, vocabulary.get(padToken), end, texts, length);
        return new ClipTokenizer(new BytePairs(vocabulary, pairs, end, FILE), special, vocabulary.size());
    }
}
