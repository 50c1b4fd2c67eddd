package org.diffusion4j.weights.diffusers;

import java.nio.file.Path;

/** Where a pipeline's tokenizer is. */
public sealed interface TokenizerPlace {
    /**
     * In a folder, as transformers writes it.
     *
     * @param folder the folder
     */
    record InFolder(Path folder) implements TokenizerPlace {}

    /**
     * CLIP's own vocabulary, which isn't in the model's files.
     *
     * @param padToken the text of the token that fills up what is left of a prompt
     */
    record Packed(String padToken) implements TokenizerPlace {}
}
