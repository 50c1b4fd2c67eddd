package org.diffusion4j.pipeline.prompt;

import static org.diffusion4j.Requirement.requireGiven;

import java.util.ArrayList;
import java.util.List;
import org.diffusion4j.graph.cliptext.ClipTextConfig;
import org.diffusion4j.pipeline.part.GraphOpener;
import org.diffusion4j.pipeline.part.TextEncoder;
import org.diffusion4j.pipeline.part.TextEncoding;
import org.diffusion4j.pipeline.part.TextState;
import org.diffusion4j.text.ClipTokenizer;
import org.diffusion4j.text.EncodedPrompt;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A tokenizer with its text encoder, whose weights are read only while texts are encoded.
 *
 * @param folder the model's folder
 * @param part the encoder's name
 * @param config the encoder's options
 * @param tokenizer the tokenizer
 */
record PromptEncoder(PipelineFolder folder, String part, ClipTextConfig config, ClipTokenizer tokenizer) {
    static PromptEncoder open(PipelineFolder folder, String part, String tokenizerPart) {
        ClipTextConfig config = folder.config(part, ClipTextConfig.class);
        ClipTokenizer tokenizer = ClipTokenizer.read(folder.folder(tokenizerPart));
        String where = folder.folder(tokenizerPart).toString();
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
        return new PromptEncoder(folder, part, config, tokenizer);
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
        try (Component<ClipTextConfig> component = folder.network(part, ClipTextConfig.class);
                INDArray ids = ids(distinct)) {
            TextEncoding encoding = new TextEncoder(config, component.tensors(), opener).encode(ids, null, state);
            int[] rows = texts.stream().mapToInt(distinct::indexOf).toArray();
            try (INDArray hidden = encoding.hidden();
                    INDArray pooled = encoding.pooled()) {
                return new TextEncoding(Rows.of(hidden, rows), Rows.of(pooled, rows));
            }
        }
    }

    private INDArray ids(List<String> texts) {
        List<long[]> rows = new ArrayList<>();
        for (String text : texts) {
            EncodedPrompt encoded = tokenizer.encode(text);
            rows.add(encoded.ids().stream().mapToLong(Integer::longValue).toArray());
        }
        return Nd4j.createFromArray(rows.toArray(long[][]::new));
    }
}
