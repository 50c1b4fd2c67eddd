package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.diffusion4j.text.ClipTokenizer;
import org.diffusion4j.text.EncodedPrompt;
import org.diffusion4j.weights.file.JsonFile;

/** Texts and their token ids: those on which all tokenizers agree, and those on which Hugging Face's fast one counts. */
final class TokenizerCase {
    private TokenizerCase() {}

    static List<Comparison> verify(ReferenceCase reference) {
        ClipTokenizer tokenizer = ClipTokenizer.read(reference.folder());
        Path file = reference.folder().resolve("cases.json");
        JsonNode cases = JsonFile.read(file);
        List<Comparison> plain = new ArrayList<>();
        List<Comparison> padded = new ArrayList<>();
        List<Comparison> differing = new ArrayList<>();
        for (JsonNode row : cases.path("cases")) {
            String text = row.path("text").asText();
            EncodedPrompt encoded = tokenizer.encode(text);
            List<Integer> zeros = new ArrayList<>(encoded.ids().subList(0, encoded.length()));
            zeros.addAll(Collections.nCopies(encoded.ids().size() - encoded.length(), 0));
            plain.add(compare(text, tokenizer.ids(text), row.path("ids")));
            padded.add(compare(text, encoded.ids(), row.path("padded77_eot")));
            padded.add(compare(text, zeros, row.path("padded77_zero")));
        }
        for (JsonNode row : cases.path("differing")) {
            String text = row.path("text").asText();
            differing.add(compare(text, tokenizer.ids(text), row.path("hf_fast")));
        }
        return List.of(
                Comparison.worst("ids", plain),
                Comparison.worst("padded", padded),
                Comparison.worst("differing", differing));
    }

    private static Comparison compare(String text, List<Integer> ids, JsonNode expected) {
        List<Integer> wanted = new ArrayList<>();
        expected.forEach(id -> wanted.add(id.asInt(-1)));
        return ids.equals(wanted) && expected.isArray()
                ? new Comparison(text, 0, true, "")
                : Comparison.failed("'" + text + "'", "expected " + wanted + ", found " + ids);
    }
}
