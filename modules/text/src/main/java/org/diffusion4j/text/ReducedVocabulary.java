package org.diffusion4j.text;

import static org.diffusion4j.Requirement.require;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.text.BytePairs.Pair;

/**
 * The part of a vocabulary that given texts need: their tokens, and the pairs that these are built from. So a small text encoder
 * has a small table, and a data set's words are still whole. Any other text is encoded, too, by smaller pieces, since all bytes
 * are tokens.
 */
public final class ReducedVocabulary {
    private ReducedVocabulary() {}

    /**
     * Reduces a tokenizer's vocabulary. The texts become the same pieces as before, with other ids: a word's pairs are joined in
     * the order in which they were learned, in which each next one is the first of all pairs, and so also the first of fewer.
     *
     * @param whole the tokenizer, such as {@link ClipTokenizer#packed}, without added words
     * @param texts what is to be encoded as it does
     * @param length the number of ids of an encoded prompt, at least 3
     * @return a tokenizer whose vocabulary is made as CLIP's was, so that {@link ClipTokenizer#writeTo} writes it for Python, too;
     *     its pad token is that of the whole one
     * @throws IllegalArgumentException if there are added words, or other special tokens than CLIP's, or the length is too small
     */
    public static ClipTokenizer of(ClipTokenizer whole, Collection<String> texts, int length) {
        String pad = whole.padToken();
        Set<String> known = new HashSet<>(List.of(PackedVocabulary.START, PackedVocabulary.END, pad));
        require(
                !whole.hasAddedWords()
                        && known.equals(Set.copyOf(whole.special().texts().keySet())),
                "tokenizer",
                "one with CLIP's special tokens only",
                whole.hasAddedWords() ? "added words" : whole.special().texts().keySet());
        Map<Integer, List<Pair>> makers = new HashMap<>();
        Map<String, Integer> vocabulary = whole.pairs().vocabulary();
        for (Pair pair : whole.pairs().pairs()) {
            makers.computeIfAbsent(vocabulary.get(pair.joined()), id -> new ArrayList<>(1))
                    .add(pair);
        }
        Set<Integer> needed = new HashSet<>();
        Deque<Integer> open = new ArrayDeque<>();
        texts.forEach(text -> open.addAll(whole.ids(text)));
        open.add(whole.special().pad());
        Set<Pair> used = new HashSet<>();
        while (!open.isEmpty()) {
            int id = open.pop();
            if (needed.add(id)) {
                for (Pair pair : makers.getOrDefault(id, List.of())) {
                    used.add(pair);
                    open.push(vocabulary.get(pair.left()));
                    open.push(vocabulary.get(pair.right()));
                }
            }
        }
        List<String> merges = whole.pairs().pairs().stream()
                .filter(used::contains)
                .map(pair -> pair.left() + " " + pair.right())
                .toList();
        return PackedVocabulary.tokenizer(merges, pad, length);
    }
}
