package org.diffusion4j.pipeline.prompt;

import static org.diffusion4j.Requirement.requireGiven;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.cliptext.ClipTextConfig;
import org.diffusion4j.pipeline.part.GraphOpener;
import org.diffusion4j.pipeline.part.Rows;
import org.diffusion4j.pipeline.part.TextEncoder;
import org.diffusion4j.pipeline.part.TextEncoding;
import org.diffusion4j.pipeline.part.TextState;
import org.diffusion4j.samediff.WeightSource;
import org.diffusion4j.text.ClipTokenizer;
import org.diffusion4j.text.EncodedPrompt;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.diffusion4j.weights.diffusers.TokenizerPlace;
import org.diffusion4j.weights.embedding.ExtendedTable;
import org.diffusion4j.weights.embedding.TextualInversion;
import org.diffusion4j.weights.lora.AdaptedWeights;
import org.diffusion4j.weights.lora.LoraSet;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A tokenizer with its text encoder, whose weights are read only while texts are encoded.
 *
 * @param parts the model's parts
 * @param part the encoder's name
 * @param config the encoder's options
 * @param tokenizer the tokenizer
 * @param additions the adapters that change the encoder
 * @param words the learned words' vectors in the order in which the tokenizer got them
 */
record PromptEncoder(
        PipelineParts parts,
        String part,
        ClipTextConfig config,
        ClipTokenizer tokenizer,
        Additions additions,
        List<INDArray> words) {
    private static final String TOKENS = "text_model.embeddings.token_embedding.weight";

    PromptEncoder {
        words = List.copyOf(words);
    }

    static PromptEncoder open(PipelineParts parts, String part, String tokenizerPart) {
        ClipTextConfig config = parts.config(part, ClipTextConfig.class);
        TokenizerPlace place = parts.tokenizer(tokenizerPart);
        ClipTokenizer tokenizer;
        String where;
        if (place instanceof TokenizerPlace.InFolder files) {
            tokenizer = ClipTokenizer.read(files.folder());
            where = files.folder().toString();
        } else {
            tokenizer = ClipTokenizer.packed(((TokenizerPlace.Packed) place).padToken());
            where = parts.place() + ", " + tokenizerPart;
        }
        requireGiven(
                tokenizer.vocabularySize() <= config.vocabSize(),
                where,
                "at most " + config.vocabSize() + " tokens, as " + part + " knows them",
                tokenizer.vocabularySize());
        int length = tokenizer.special().length();
        requireGiven(
                length <= config.maxPositionEmbeddings(),
                where + ", model_max_length",
                "at most " + config.maxPositionEmbeddings() + ", as " + part + " takes so many tokens",
                length);
        return new PromptEncoder(parts, part, config, tokenizer, Additions.NONE, List.of());
    }

    /** Whether a learned word is for this encoder. */
    boolean knows(TextualInversion word) {
        return word.of(part, config.hiddenSize()).isPresent();
    }

    /** The same encoder with adapters, and those of the learned words that are for it. */
    PromptEncoder with(Additions others, List<TextualInversion> learned) {
        ClipTokenizer larger = tokenizer;
        List<INDArray> vectors = new ArrayList<>();
        for (TextualInversion word : learned) {
            Optional<INDArray> rows = word.of(part, config.hiddenSize());
            if (rows.isPresent()) {
                larger = withWord(larger, word, rows.get());
                vectors.add(rows.get());
            }
        }
        return new PromptEncoder(parts, part, config, larger, others, vectors);
    }

    private static ClipTokenizer withWord(ClipTokenizer tokenizer, TextualInversion word, INDArray rows) {
        try {
            return tokenizer.withWord(word.word(), Math.toIntExact(rows.size(0)));
        } catch (IllegalArgumentException e) {
            throw new Diffusion4jException(word.file() + ", " + e.getMessage(), e);
        }
    }

    /** How many tokens an encoded text has. */
    int length() {
        return tokenizer.special().length();
    }

    /** What is cut off of texts that are too long, a line for each. */
    List<String> warnings(List<String> texts) {
        return texts.stream()
                .distinct()
                .map(text -> tokenizer.encode(text).warning())
                .filter(warning -> !warning.isEmpty())
                .toList();
    }

    /**
     * Encodes texts, each once even if there are several equal ones.
     *
     * @param texts for each picture or prompt
     * @return one row for each text
     */
    TextEncoding encode(List<String> texts, TextState state, GraphOpener opener) {
        List<String> distinct = texts.stream().distinct().toList();
        try (Component<ClipTextConfig> component = parts.network(part, ClipTextConfig.class);
                LoraSet loras = additions.open();
                INDArray ids = ids(distinct)) {
            AdaptedWeights adapted = loras.adapted(part, component.tensors(), additions.form());
            TextEncoding encoding =
                    encoder(adapted, opener).with(adapted.branches()).encode(ids, null, state);
            int[] rows = texts.stream().mapToInt(distinct::indexOf).toArray();
            try (INDArray hidden = encoding.hidden();
                    INDArray pooled = encoding.pooled()) {
                return new TextEncoding(Rows.of(hidden, rows), Rows.of(pooled, rows));
            }
        }
    }

    private TextEncoder encoder(AdaptedWeights adapted, GraphOpener opener) {
        if (words.isEmpty()) {
            return new TextEncoder(config, adapted.weights(), opener);
        }
        int rows = words.stream().mapToInt(each -> (int) each.size(0)).sum();
        Map<String, WeightSource> weights = new LinkedHashMap<>(adapted.weights());
        weights.computeIfPresent(
                TOKENS, (name, table) -> new ExtendedTable(table, tokenizer.vocabularySize() - rows, words));
        int vocabulary = Math.max(config.vocabSize(), tokenizer.vocabularySize());
        return new TextEncoder(config.toBuilder().vocabSize(vocabulary).build(), weights, opener);
    }

    /** The tokens of texts, [N, L]. */
    INDArray ids(List<String> texts) {
        List<long[]> rows = new ArrayList<>();
        for (String text : texts) {
            EncodedPrompt encoded = tokenizer.encode(text);
            rows.add(encoded.ids().stream().mapToLong(Integer::longValue).toArray());
        }
        return Nd4j.createFromArray(rows.toArray(long[][]::new));
    }
}
