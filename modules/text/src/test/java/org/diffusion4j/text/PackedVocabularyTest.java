package org.diffusion4j.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackedVocabularyTest {
    private static final Path FILES = Path.of("../verify/src/test/resources/goldens/tokenizer");
    private static final String END = "<|endoftext|>";

    @TempDir
    Path folder;

    @Test
    void itIsThatOfTheFiles() {
        ClipTokenizer packed = ClipTokenizer.packed(END);
        ClipTokenizer read = ClipTokenizer.read(FILES);
        assertEquals(read.special(), packed.special());
        assertEquals(49408, packed.vocabularySize());
        for (String text : List.of("", "a photo of an astronaut!", "É ぬ 12 <|startoftext|> naïve's", "🦜🦜")) {
            assertEquals(read.encode(text), packed.encode(text), text);
        }
    }

    @Test
    void anotherTokenPads() {
        EncodedPrompt encoded = ClipTokenizer.packed("!").encode("a cat");
        assertEquals(List.of(49406, 320, 2368, 49407, 0, 0), encoded.ids().subList(0, 6));
        assertThrows(IllegalArgumentException.class, () -> ClipTokenizer.packed("[pad]"));
    }

    @Test
    void filesOfItAreReadAgain() {
        ClipTokenizer.writePacked(folder, "!");
        ClipTokenizer read = ClipTokenizer.read(folder);
        ClipTokenizer packed = ClipTokenizer.packed("!");
        assertEquals(packed.special(), read.special());
        assertEquals(packed.encode("two cats! fight"), read.encode("two cats! fight"));
    }
}
