package org.diffusion4j.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReducedVocabularyTest {
    private static final ClipTokenizer WHOLE = ClipTokenizer.packed("<|endoftext|>");
    private static final List<String> TEXTS = List.of(
            "Red heart", "kiss: woman, man", "keycap: 10", "smiling face with heart-eyes", "flag: Åland Islands", "🦜");

    @TempDir
    Path folder;

    /** The pieces of a text, each by itself. */
    private static List<String> pieces(ClipTokenizer tokenizer, String text) {
        return tokenizer.ids(text).stream()
                .map(id -> tokenizer.decode(List.of(id)))
                .toList();
    }

    @Test
    void theTextsBecomeTheSamePieces() {
        ClipTokenizer reduced = ReducedVocabulary.of(WHOLE, TEXTS, 16);
        for (String text : TEXTS) {
            assertEquals(pieces(WHOLE, text), pieces(reduced, text), text);
        }
        assertEquals(List.of("red", "heart"), pieces(reduced, "red heart"));
        // "heart" is joined by five pairs at most, so there are few tokens beside the bytes.
        int further = reduced.vocabularySize() - 2 * 256 - 2;
        assertTrue(further > 20 && further < 120, "further tokens: " + further);
    }

    @Test
    void otherTextsBecomeSmallerPieces() {
        ClipTokenizer reduced = ReducedVocabulary.of(WHOLE, TEXTS, 16);
        for (String text : List.of("green astronaut", "zażółć gęślą jaźń", "ελληνικά", "中文 😀", "a")) {
            assertEquals(text, reduced.decode(reduced.ids(text)));
        }
        assertTrue(reduced.ids("astronaut").size() > WHOLE.ids("astronaut").size());
        assertEquals(List.of("red"), pieces(reduced, "red"));
    }

    @Test
    void promptsHaveTheLengthAndSpecialTokensAtTheEndOfTheVocabulary() {
        ClipTokenizer reduced = ReducedVocabulary.of(WHOLE, TEXTS, 6);
        int size = reduced.vocabularySize();
        List<Integer> ids = reduced.encode("red heart").ids();
        assertEquals(6, ids.size());
        assertEquals(List.of(size - 2, size - 1, size - 1), List.of(ids.get(0), ids.get(3), ids.get(5)));
        assertEquals("red heart", reduced.decode(ids));
        ClipTokenizer padded = ReducedVocabulary.of(ClipTokenizer.packed("!"), TEXTS, 6);
        assertEquals(0, padded.encode("red heart").ids().get(5));
    }

    @Test
    void filesOfItAreReadAgain() {
        ClipTokenizer reduced = ReducedVocabulary.of(WHOLE, TEXTS, 16);
        reduced.writeTo(folder);
        ClipTokenizer read = ClipTokenizer.read(folder);
        assertEquals(reduced.special(), read.special());
        assertEquals(reduced.vocabularySize(), read.vocabularySize());
        Stream.concat(TEXTS.stream(), Stream.of("something else, ñ"))
                .forEach(text -> assertEquals(reduced.encode(text), read.encode(text), text));
        ClipTokenizer again = ReducedVocabulary.of(read, TEXTS, 16);
        assertEquals(reduced.encode("red heart"), again.encode("red heart"));
    }

    @Test
    void addedWordsAndOtherOrdersAreRefused() {
        ClipTokenizer more = WHOLE.withWord("<cat-toy>", 1);
        assertThrows(IllegalArgumentException.class, () -> ReducedVocabulary.of(more, TEXTS, 16));
        assertThrows(IllegalArgumentException.class, () -> more.writeTo(folder));
        assertThrows(IllegalArgumentException.class, () -> ReducedVocabulary.of(WHOLE, TEXTS, 2));
        assertThrows(IllegalArgumentException.class, () -> WHOLE.decode(List.of(49408)));
    }
}
