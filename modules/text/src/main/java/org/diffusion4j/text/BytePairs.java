package org.diffusion4j.text;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.diffusion4j.Diffusion4jException;

/**
 * Byte pair encoding of a word (Sennrich et al. 2016, arXiv:1508.07909): its UTF-8 bytes are tokens at first, the last one
 * marked as the word's end; then the pair that was learned first is joined, until no pair that was learned is left.
 */
final class BytePairs {
    /** Marks the end of a word in the vocabulary. */
    static final String WORD_END = "</w>";

    /** @param rank how early the pair was learned */
    private record Merge(int rank, int token) {}

    /** The token of each byte inside of a word and at its end. */
    private final int[] inside = new int[256];

    private final int[] atEnd = new int[256];
    private final Map<Long, Merge> merges;
    private final Map<String, Integer> vocabulary;
    private final List<Pair> pairs;

    /**
     * @param vocabulary the ids by the tokens' spelling; it must not change any more
     * @param pairs the pairs in the order in which they were learned; as above
     * @param where the file of the pairs, for messages
     * @throws Diffusion4jException if a pair or what it makes isn't in the vocabulary, or a pair comes twice
     */
    BytePairs(Map<String, Integer> vocabulary, List<Pair> pairs, int unknown, String where) {
        for (int each = 0; each < 256; each++) {
            String symbol = String.valueOf(symbol(each));
            inside[each] = vocabulary.getOrDefault(symbol, unknown);
            atEnd[each] = vocabulary.getOrDefault(symbol + WORD_END, unknown);
        }
        this.vocabulary = vocabulary;
        this.pairs = pairs;
        merges = new HashMap<>(2 * pairs.size());
        for (int rank = 0; rank < pairs.size(); rank++) {
            Pair pair = pairs.get(rank);
            long key = key(id(vocabulary, pair.left(), where, rank), id(vocabulary, pair.right(), where, rank));
            Merge merge = new Merge(rank, id(vocabulary, pair.joined(), where, rank));
            if (merges.put(key, merge) != null) {
                throw new Diffusion4jException(where + ", pair " + (rank + 1) + ": expected each pair once, found '"
                        + pair.left() + " " + pair.right() + "' again");
            }
        }
    }

    /** Two tokens by their spelling. */
    record Pair(String left, String right) {
        String joined() {
            return left + right;
        }
    }

    /** The ids by the tokens' spelling. */
    Map<String, Integer> vocabulary() {
        return Collections.unmodifiableMap(vocabulary);
    }

    /** The pairs in the order in which they were learned. */
    List<Pair> pairs() {
        return Collections.unmodifiableList(pairs);
    }

    private static int id(Map<String, Integer> vocabulary, String token, String where, int rank) {
        Integer id = vocabulary.get(token);
        if (id == null) {
            throw new Diffusion4jException(where + ", pair " + (rank + 1)
                    + ": expected tokens of the vocabulary, found '" + token + "', which isn't one");
        }
        return id;
    }

    /** The letter that stands for a byte in the vocabulary: itself if it can be seen, otherwise one from U+0100 on, in order. */
    private static char symbol(int value) {
        int unseen = 0;
        for (int each = 0; each < value; each++) {
            unseen += isSeen(each) ? 0 : 1;
        }
        return (char) (isSeen(value) ? value : 0x100 + unseen);
    }

    /** The letters of all bytes in the order of a vocabulary: at first those that stand for themselves. */
    static List<String> symbols() {
        return IntStream.concat(
                        IntStream.range(0, 256).filter(BytePairs::isSeen),
                        IntStream.range(0, 256).filter(each -> !isSeen(each)))
                .mapToObj(each -> String.valueOf(symbol(each)))
                .toList();
    }

    /** The bytes by their letters. */
    static Map<String, Integer> bytes() {
        return IntStream.range(0, 256)
                .boxed()
                .collect(Collectors.toMap(each -> String.valueOf(symbol(each)), each -> each));
    }

    private static boolean isSeen(int value) {
        return (value >= 0x21 && value <= 0x7e) || (value >= 0xa1 && value <= 0xac) || value >= 0xae;
    }

    private static long key(int left, int right) {
        return (long) left << 32 | right;
    }

    /**
     * Encodes a word. The time grows with n log n for n bytes, since a prompt may be anything.
     *
     * @param word at least one character
     * @param ids is given the tokens
     */
    void encode(String word, List<Integer> ids) {
        byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
        int[] tokens = new int[bytes.length];
        int[] next = new int[bytes.length];
        int[] previous = new int[bytes.length];
        PriorityQueue<Long> candidates = new PriorityQueue<>();
        for (int i = 0; i < bytes.length; i++) {
            tokens[i] = (i < bytes.length - 1 ? inside : atEnd)[bytes[i] & 0xff];
            next[i] = i + 1;
            previous[i] = i - 1;
        }
        for (int i = 0; i < bytes.length - 1; i++) {
            propose(candidates, tokens, next, i);
        }
        while (!candidates.isEmpty()) {
            long candidate = candidates.poll();
            int left = (int) candidate;
            // What was proposed for a place is out of date once one of its two tokens was joined to another.
            Merge merge = mergeAt(tokens, next, left);
            if (merge == null || merge.rank() != (int) (candidate >>> 32)) {
                continue;
            }
            int right = next[left];
            tokens[left] = merge.token();
            tokens[right] = -1;
            next[left] = next[right];
            if (next[left] < tokens.length) {
                previous[next[left]] = left;
                propose(candidates, tokens, next, left);
            }
            if (previous[left] >= 0) {
                propose(candidates, tokens, next, previous[left]);
            }
        }
        for (int i = 0; i < tokens.length; i = next[i]) {
            ids.add(tokens[i]);
        }
    }

    private void propose(PriorityQueue<Long> candidates, int[] tokens, int[] next, int left) {
        Merge merge = mergeAt(tokens, next, left);
        if (merge != null) {
            candidates.add(key(merge.rank(), left)); // the pair learned first is first, then the leftmost
        }
    }

    private Merge mergeAt(int[] tokens, int[] next, int left) {
        return tokens[left] < 0 || next[left] == tokens.length
                ? null
                : merges.get(key(tokens[left], tokens[next[left]]));
    }
}
