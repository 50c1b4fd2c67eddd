package org.diffusion4j.text;

import static org.diffusion4j.Requirement.require;
import static org.diffusion4j.Requirement.requireWithin;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * CLIP's tokenizer, whose ids are those of Hugging Face's fast tokenizer of today, which differs from OpenAI's first one in how
 * it cleans a text. Special tokens are split off first. What is between them is composed (Unicode's NFC), each stretch of white
 * space becomes one space, and every code point its own lower case letter (so a Greek sigma at a word's end stays σ). Nothing
 * is taken out, and HTML's entities stay as they are. Words are runs of letters, single digits, runs of anything else that
 * isn't white space, and the English endings such as {@code 's}; each is encoded by {@link BytePairs}.
 *
 * <p>It doesn't change, so threads may share it.
 */
public final class ClipTokenizer {
    private static final Pattern SPACE = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern WORD = Pattern.compile(
            "'s|'t|'re|'ve|'m|'ll|'d|\\p{L}+|\\p{N}|[^\\s\\p{L}\\p{N}]+", Pattern.UNICODE_CHARACTER_CLASS);

    private static final Pattern LETTERS = Pattern.compile("\\p{L}+");

    private final BytePairs pairs;
    private final SpecialTokens special;
    private final int vocabularySize;
    private final Pattern specialTexts;
    /** The ids of each added word, cleaned. */
    private final Map<String, List<Integer>> added;

    private final Pattern addedTexts;

    ClipTokenizer(BytePairs pairs, SpecialTokens special, int vocabularySize) {
        this(pairs, special, vocabularySize, Map.of());
    }

    private ClipTokenizer(
            BytePairs pairs, SpecialTokens special, int vocabularySize, Map<String, List<Integer>> added) {
        this.pairs = pairs;
        this.special = special;
        this.vocabularySize = vocabularySize;
        this.specialTexts = anyOf(special.texts().keySet());
        this.added = Map.copyOf(added);
        this.addedTexts = anyOf(added.keySet());
    }

    /** Finds texts; of two that begin at one place, the longer one counts. */
    private static Pattern anyOf(Set<String> texts) {
        return Pattern.compile(texts.stream()
                .sorted(Comparator.comparing(String::length).reversed().thenComparing(Comparator.naturalOrder()))
                .map(Pattern::quote)
                .collect(Collectors.joining("|")));
    }

    /**
     * The same tokenizer with one more word, such as one of a textual inversion. It is found wherever it stands in a prompt, in any
     * case. A word of several ids {@code w} also gives the words {@code w_1}, {@code w_2} and so on, for its ids from the second on.
     *
     * @param word a text without white space that isn't a word of the vocabulary already
     * @param count how many ids it becomes, at least 1
     * @return a tokenizer whose vocabulary is larger by so many ids: the word's, from the present {@link #vocabularySize} on
     * @throws IllegalArgumentException if the word is empty, has white space, or is known
     */
    public ClipTokenizer withWord(String word, int count) {
        require(count >= 1, "ids of a word", "at least 1", count);
        String text = cleaned(word);
        require(!text.isEmpty() && !SPACE.matcher(text).find(), "word", "a text without white space", "'" + word + "'");
        boolean known = added.containsKey(text)
                || special.texts().containsKey(word)
                || (LETTERS.matcher(text).matches() && ids(word).size() == 1);
        require(!known, "word", "one that the vocabulary lacks", "'" + word + "'");
        Map<String, List<Integer>> words = new HashMap<>(added);
        words.put(
                text,
                IntStream.range(vocabularySize, Math.addExact(vocabularySize, count))
                        .boxed()
                        .toList());
        for (int i = 1; i < count; i++) {
            words.put(text + "_" + i, List.of(vocabularySize + i));
        }
        return new ClipTokenizer(pairs, special, vocabularySize + count, words);
    }

    /**
     * Reads a tokenizer's folder as transformers writes it: {@code vocab.json} and {@code merges.txt}, or {@code
     * tokenizer.json} alone, and beside them {@code tokenizer_config.json} and {@code special_tokens_map.json}, if there
     * are any.
     *
     * @param folder such as {@code tokenizer} in a pipeline's folder
     * @return the tokenizer
     * @throws org.diffusion4j.Diffusion4jException if a file is missing or isn't as it must be
     */
    public static ClipTokenizer read(Path folder) {
        return TokenizerFolder.read(folder);
    }

    /**
     * Writes the files of a new tokenizer, whose vocabulary is made as CLIP's was: the 256 bytes, the same at the end of a word, what
     * each merge makes, the start token and the end token, which is also the pad token.
     *
     * @param folder the folder to write into, which must exist
     * @param merges pairs of tokens with a space between, in the order in which they were learned; empty for a token for each byte
     * @param length the number of ids of an encoded prompt, at least 3
     * @throws IllegalArgumentException if a pair isn't one of two earlier tokens, or makes no new one, or the length is too small
     * @throws org.diffusion4j.Diffusion4jException if a file can't be written
     */
    public static void write(Path folder, List<String> merges, int length) {
        require(length >= 3, "length", "at least 3", length);
        new TokenizerWriter(merges).writeTo(folder, merges, PackedVocabulary.END, length);
    }

    /**
     * CLIP's own tokenizer, which needs no files: that of all models of the Stable Diffusion family.
     *
     * @param padToken the token that fills up what is left of a prompt: {@code <|endoftext|>} with CLIP ViT-L/14, {@code !} with
     *     Stable Diffusion 2 and the second encoder of SDXL
     * @return the tokenizer, for prompts of 77 tokens
     * @throws IllegalArgumentException if the vocabulary has no such token
     */
    public static ClipTokenizer packed(String padToken) {
        return PackedVocabulary.tokenizer(padToken);
    }

    /**
     * Writes the files of CLIP's own tokenizer.
     *
     * @param folder the folder to write into, which must exist
     * @param padToken as for {@link #packed}
     * @throws org.diffusion4j.Diffusion4jException if a file can't be written
     */
    public static void writePacked(Path folder, String padToken) {
        List<String> merges = PackedVocabulary.merges();
        new TokenizerWriter(merges).writeTo(folder, merges, padToken, SpecialTokens.CLIP_LENGTH);
    }

    /**
     * Writes this tokenizer's files, which Python's {@code CLIPTokenizer} reads, too.
     *
     * @param folder the folder to write into, which must exist
     * @throws IllegalArgumentException if it has words that were added, or its vocabulary isn't made as CLIP's was: the bytes,
     *     the same at a word's end, what each merge makes, the start token and the end token
     * @throws org.diffusion4j.Diffusion4jException if a file can't be written
     */
    public void writeTo(Path folder) {
        List<String> merges = pairs.pairs().stream()
                .map(pair -> pair.left() + " " + pair.right())
                .toList();
        TokenizerWriter writer = new TokenizerWriter(merges);
        require(
                added.isEmpty() && writer.hasIds(pairs.vocabulary()),
                "vocabulary",
                "one in the order of its merges, without further tokens",
                "another one");
        writer.writeTo(folder, merges, padToken(), special.length());
    }

    /** The tokens' spelling by their ids; null where there is none. */
    private String[] spellings() {
        String[] spellings = new String[vocabularySize];
        pairs.vocabulary().forEach((token, id) -> spellings[id] = token);
        return spellings;
    }

    /**
     * The text that ids stand for, as far as the tokenizer keeps it: in lower case, with a space after each word, so also before
     * a comma. Special tokens and added words are left out.
     *
     * @param ids the ids
     * @return the text; bytes that are no UTF-8 become U+FFFD
     * @throws IllegalArgumentException if there is no such id
     */
    public String decode(List<Integer> ids) {
        String[] spellings = spellings();
        Map<String, Integer> bytes = BytePairs.bytes();
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        for (int id : ids) {
            requireWithin("id", 0, vocabularySize - 1, id);
            if (special.texts().containsValue(id) || spellings[id] == null) {
                continue;
            }
            boolean end = spellings[id].endsWith(BytePairs.WORD_END);
            String letters = end
                    ? spellings[id].substring(0, spellings[id].length() - BytePairs.WORD_END.length())
                    : spellings[id];
            letters.chars().forEach(letter -> text.write(bytes.getOrDefault(String.valueOf((char) letter), (int) '?')));
            if (end) {
                text.write(' ');
            }
        }
        return text.toString(StandardCharsets.UTF_8).strip();
    }

    /** The pairs, for a smaller vocabulary. */
    BytePairs pairs() {
        return pairs;
    }

    /** The pad token's spelling. */
    String padToken() {
        return spellings()[special.pad()];
    }

    boolean hasAddedWords() {
        return !added.isEmpty();
    }

    /**
     * The special tokens and the length of an encoded prompt.
     *
     * @return the tokens by their ids
     */
    public SpecialTokens special() {
        return special;
    }

    /**
     * The number of ids that there may be, which a text encoder's table must have rows for.
     *
     * @return one more than the largest id
     */
    public int vocabularySize() {
        return vocabularySize;
    }

    /**
     * Encodes a text without start token, end token and padding.
     *
     * @param text any text
     * @return the ids, as many as there are
     */
    public List<Integer> ids(String text) {
        List<Integer> ids = new ArrayList<>();
        split(text).forEach(word -> encode(word, ids));
        return ids;
    }

    /**
     * Encodes a prompt for a text encoder. If it is too long it is cut, so that the end token is the last id.
     *
     * @param prompt any text
     * @return as many ids as {@link SpecialTokens#length}, and what was cut
     */
    public EncodedPrompt encode(String prompt) {
        int room = special.length() - 2;
        List<Integer> ids = new ArrayList<>();
        StringBuilder cut = new StringBuilder();
        ids.add(special.start());
        for (Word word : split(prompt)) {
            encode(word, ids);
            if (ids.size() > room + 1) {
                cut.append(word.afterSpace() && !cut.isEmpty() ? " " : "").append(word.text());
                ids.subList(room + 1, ids.size()).clear();
            }
        }
        ids.add(special.end());
        int length = ids.size();
        ids.addAll(Collections.nCopies(special.length() - length, special.pad()));
        return new EncodedPrompt(ids, length, cut.toString());
    }

    /** @param ids of a special token or an added word; null otherwise */
    private record Word(String text, boolean afterSpace, List<Integer> ids) {}

    private void encode(Word word, List<Integer> ids) {
        if (word.ids() != null) {
            ids.addAll(word.ids());
        } else {
            pairs.encode(word.text(), ids);
        }
    }

    private List<Word> split(String text) {
        List<Word> words = new ArrayList<>();
        Map<String, Integer> texts = special.texts();
        int from = 0;
        if (!texts.isEmpty()) {
            Matcher found = specialTexts.matcher(text);
            while (found.find()) {
                boolean spaced = splitPlain(text.substring(from, found.start()), words);
                words.add(new Word(found.group(), spaced, List.of(texts.get(found.group()))));
                from = found.end();
            }
        }
        splitPlain(text.substring(from), words);
        return words;
    }

    /** Adds the words of a text without special tokens; whether it ends with a space. */
    private boolean splitPlain(String text, List<Word> words) {
        String cleaned = cleaned(text);
        int from = 0;
        if (!added.isEmpty()) {
            Matcher found = addedTexts.matcher(cleaned);
            while (found.find()) {
                boolean spaced = splitWords(cleaned.substring(from, found.start()), words);
                words.add(new Word(found.group(), spaced, added.get(found.group())));
                from = found.end();
            }
        }
        return splitWords(cleaned.substring(from), words);
    }

    private static boolean splitWords(String cleaned, List<Word> words) {
        Matcher found = WORD.matcher(cleaned);
        int end = 0;
        while (found.find()) {
            words.add(new Word(found.group(), found.start() > end, null));
            end = found.end();
        }
        return end < cleaned.length();
    }

    private static String cleaned(String text) {
        String spaced =
                SPACE.matcher(Normalizer.normalize(text, Normalizer.Form.NFC)).replaceAll(" ");
        StringBuilder lower = new StringBuilder(spaced.length());
        spaced.codePoints().forEach(c -> {
            lower.appendCodePoint(Character.toLowerCase(c));
            if (c == 0x130) { // İ is the one letter whose lower case is two: i and a dot above
                lower.append('\u0307');
            }
        });
        return lower.toString();
    }
}
