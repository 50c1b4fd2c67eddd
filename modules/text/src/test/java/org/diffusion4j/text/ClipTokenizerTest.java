package org.diffusion4j.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.file.JsonFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The ids of real prompts are compared with those of the original libraries in verify's cases. */
class ClipTokenizerTest {
    private static final String VOCABULARY =
            """
            {"!": 0, "c": 1, "a": 2, "t": 3, "!</w>": 4, "a</w>": 5, "t</w>": 6, "at</w>": 7, "cat</w>": 8, "s": 9,
             "<|startoftext|>": 10, "<|endoftext|>": 11}""";

    @TempDir
    Path folder;

    @BeforeEach
    void writeFiles() throws IOException {
        write("vocab.json", VOCABULARY);
        write("merges.txt", "#version: 0.2\na t</w>\nc at</w>\n");
        write("tokenizer_config.json", "{\"model_max_length\": 6}");
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    @Test
    void pairsThatWereLearnedAreJoined() {
        assertEquals(List.of(8, 7, 1, 5), ClipTokenizer.read(folder).ids("CAT at\n\tca"));
    }

    @Test
    void bytesOutsideOfTheVocabularyAreUnknown() {
        assertEquals(List.of(11, 11), ClipTokenizer.read(folder).ids("é"));
    }

    @Test
    void anAddedWordIsFoundInAnyCaseAndBecomesAllOfItsIds() {
        ClipTokenizer tokenizer = ClipTokenizer.read(folder).withWord("<Cat-Toy>", 2);
        assertEquals(14, tokenizer.vocabularySize());
        assertEquals(List.of(5, 12, 13, 8), tokenizer.ids("a <cat-toy>cat"));
        assertEquals(List.of(13, 12, 13), tokenizer.ids("<CAT-TOY>_1 <Cat-Toy>"));
        assertEquals(List.of(14, 12, 13), tokenizer.withWord("s*", 1).ids("S* <cat-toy>"));
    }

    @Test
    void aWordThatIsKnownOrHasSpacesIsNotAdded() {
        ClipTokenizer tokenizer = ClipTokenizer.read(folder).withWord("toy", 1);
        for (String word : List.of("cat", "toy", "cat toy", "", "<|endoftext|>")) {
            assertThrows(IllegalArgumentException.class, () -> tokenizer.withWord(word, 1), word);
        }
    }

    @Test
    void shortPromptIsPadded() {
        EncodedPrompt encoded = ClipTokenizer.read(folder).encode("cat");
        assertEquals(List.of(10, 8, 11, 11, 11, 11), encoded.ids());
        assertEquals(3, encoded.length());
        assertEquals("", encoded.warning());
    }

    @Test
    void promptThatFitsExactlyIsNotCut() {
        EncodedPrompt encoded = ClipTokenizer.read(folder).encode("a cat, a cat".replace(",", ""));
        assertEquals(List.of(10, 5, 8, 5, 8, 11), encoded.ids());
        assertEquals("", encoded.cut());
    }

    @Test
    void cutPromptEndsWithTheEndTokenAndNamesItsLostWords() {
        EncodedPrompt encoded = ClipTokenizer.read(folder).encode("a cat  at ta Cat!");
        assertEquals(List.of(10, 5, 8, 7, 3, 11), encoded.ids());
        assertEquals("ta cat!", encoded.cut());
        assertEquals("prompt: expected at most 4 tokens, cut off: 'ta cat!'", encoded.warning());
    }

    @Test
    void padTokenIsASpecialTokenInsideOfAPrompt() throws IOException {
        assertEquals(List.of(8, 4), ClipTokenizer.read(folder).ids("cat!"));
        write("special_tokens_map.json", "{\"pad_token\": {\"content\": \"!\"}}");
        ClipTokenizer tokenizer = ClipTokenizer.read(folder);
        assertEquals(List.of(8, 0), tokenizer.ids("cat!"));
        assertEquals(List.of(10, 8, 11, 0, 0, 0), tokenizer.encode("cat").ids());
    }

    @Test
    void configurationOfANewerVersionCountsMoreThanTheMap() throws IOException {
        write("special_tokens_map.json", "{\"pad_token\": \"!\"}");
        write("tokenizer_config.json", "{\"added_tokens_decoder\": {\"11\": {\"content\": \"<|endoftext|>\"}}}");
        ClipTokenizer tokenizer = ClipTokenizer.read(folder);
        assertEquals(11, tokenizer.special().pad());
        assertEquals(77, tokenizer.special().length());
    }

    @Test
    void addedTokensAreTokensOfTheirOwn() throws IOException {
        write("added_tokens.json", "{\"<my-cat>\": 12}");
        ClipTokenizer tokenizer = ClipTokenizer.read(folder);
        assertEquals(List.of(5, 12, 8), tokenizer.ids("a <my-cat> cat"));
        assertEquals(13, tokenizer.vocabularySize());
    }

    @Test
    void oneFileMayHoldVocabularyAndPairs() throws IOException {
        Files.delete(folder.resolve("vocab.json"));
        Files.delete(folder.resolve("merges.txt"));
        for (String merges : List.of("[\"a t</w>\", \"c at</w>\"]", "[[\"a\", \"t</w>\"], [\"c\", \"at</w>\"]]")) {
            write("tokenizer.json", "{\"model\": {\"vocab\": " + VOCABULARY + ", \"merges\": " + merges + "}}");
            assertEquals(List.of(8), ClipTokenizer.read(folder).ids("cat"));
        }
    }

    @Test
    void veryLongWordIsEncodedInTime() {
        String word = "cat".repeat(300_000);
        List<Integer> ids = assertTimeout(
                Duration.ofSeconds(20), () -> ClipTokenizer.read(folder).ids(word));
        assertEquals(3 * 299_999 + 1, ids.size());
    }

    @TestFactory
    Stream<DynamicTest> brokenFilesAreRefusedInOneLine() {
        Map<String, List<String>> broken = new LinkedHashMap<>();
        broken.put(
                "id in words",
                List.of("vocab.json", "{\"a\": \"one\"}", "'a': expected an id of 0 to 9999999, found \"one\""));
        broken.put("huge id", List.of("vocab.json", "{\"a\": 99999999999}", "'a': expected an id"));
        broken.put("negative id", List.of("vocab.json", "{\"a\": -1}", "'a': expected an id"));
        broken.put("same id", List.of("vocab.json", "{\"a\": 1, \"b\": 1}", "'b': expected an id of its own, found 1"));
        broken.put("no tokens", List.of("vocab.json", "{}", "expected a vocabulary"));
        broken.put("list", List.of("vocab.json", "[]", "expected a JSON object"));
        broken.put(
                "no end token",
                List.of("vocab.json", "{\"<|startoftext|>\": 1}", "token: expected a token of the vocabulary"));
        broken.put("one part", List.of("merges.txt", "#version: 0.2\nat\n", "line 2: expected two tokens"));
        broken.put("three parts", List.of("merges.txt", "c a t\n", "line 1: expected two tokens"));
        broken.put("empty line", List.of("merges.txt", "a t</w>\n\nc at</w>\n", "line 2: expected two tokens"));
        broken.put(
                "unknown part",
                List.of("merges.txt", "x t</w>\n", "pair 1: expected tokens of the vocabulary, found 'x'"));
        broken.put("unknown result", List.of("merges.txt", "c a\n", "found 'ca', which isn't one"));
        broken.put("pair twice", List.of("merges.txt", "a t</w>\na t</w>\n", "pair 2: expected each pair once"));
        broken.put(
                "class",
                List.of(
                        "tokenizer_config.json",
                        "{\"tokenizer_class\": \"T5Tokenizer\"}",
                        "tokenizer_class: expected CLIPTokenizer, found \"T5Tokenizer\""));
        broken.put(
                "length",
                List.of(
                        "tokenizer_config.json",
                        "{\"model_max_length\": 2}",
                        "model_max_length: expected a whole number of at least 3, found 2"));
        broken.put(
                "length in words",
                List.of("tokenizer_config.json", "{\"model_max_length\": \"long\"}", "model_max_length"));
        broken.put(
                "pad token",
                List.of(
                        "special_tokens_map.json",
                        "{\"pad_token\": \"<pad>\"}",
                        "pad_token: expected a token of the vocabulary, found '<pad>'"));
        broken.put(
                "token as number",
                List.of("special_tokens_map.json", "{\"pad_token\": 0}", "pad_token: expected a token, found 0"));
        broken.put(
                "stripping",
                List.of(
                        "tokenizer_config.json",
                        "{\"added_tokens_decoder\": {\"0\": {\"content\": \"!\", \"lstrip\": true}}}",
                        "lstrip: expected false"));
        broken.put(
                "other id",
                List.of(
                        "tokenizer_config.json",
                        "{\"added_tokens_decoder\": {\"5\": {\"content\": \"!\"}}}",
                        "expected the id 0 of the vocabulary, found 5"));
        return broken.entrySet().stream()
                .map(one -> DynamicTest.dynamicTest(one.getKey(), () -> {
                    writeFiles();
                    Files.deleteIfExists(folder.resolve("special_tokens_map.json"));
                    write(one.getValue().get(0), one.getValue().get(1));
                    String message = assertThrows(Diffusion4jException.class, () -> ClipTokenizer.read(folder))
                            .getMessage();
                    assertTrue(message.contains(one.getValue().get(2)), message);
                }));
    }

    @Test
    void missingFileIsNamed() throws IOException {
        Files.delete(folder.resolve("vocab.json"));
        String message = assertThrows(Diffusion4jException.class, () -> ClipTokenizer.read(folder))
                .getMessage();
        assertTrue(message.contains("vocab.json"), message);
    }

    @Test
    void vocabularyOfPublishedMergesIsThePublishedOne() throws IOException {
        Path published = Path.of("../verify/src/test/resources/goldens/tokenizer");
        List<String> lines = Files.readAllLines(published.resolve("merges.txt"));
        Path written = Files.createDirectory(folder.resolve("written"));
        ClipTokenizer.write(written, lines.subList(1, lines.size()), 77);
        assertEquals(JsonFile.read(published.resolve("vocab.json")), JsonFile.read(written.resolve("vocab.json")));
        ClipTokenizer read = ClipTokenizer.read(written);
        assertEquals(
                new SpecialTokens(49406, 49407, 49407, 49407, read.special().texts(), 77), read.special());
        assertEquals(List.of(320, 1125, 539, 320, 2368), read.ids("a photo of a cat"));
    }

    @Test
    void mergesOfUnknownTokensAreRefused() throws IOException {
        for (String wrong : List.of("a", "a bb", "a t t", " a", "c a")) {
            IllegalArgumentException refused = assertThrows(
                    IllegalArgumentException.class,
                    () -> ClipTokenizer.write(folder, List.of("c a", "a t</w>", wrong), 77));
            assertTrue(refused.getMessage().startsWith("merges, pair 3: expected two earlier tokens"), wrong);
        }
    }
}
