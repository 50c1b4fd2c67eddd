package org.diffusion4j.weights.singlefile;

import java.util.Optional;

/** The names of OpenAI's text encoder, which are those of transformers. */
final class ClipNames implements OriginalNames {
    private static final String PLACES = "text_model.embeddings.position_ids";

    @Override
    public Optional<OriginalKey> of(String parameter) {
        return Optional.of(OriginalKey.copy(parameter));
    }

    /** The numbers of the tokens' places are no parameter. */
    @Override
    public boolean ignores(String name) {
        return name.equals(PLACES);
    }
}
