package org.diffusion4j.weights.singlefile;

import java.util.Optional;
import java.util.Set;

/** The names of OpenAI's text encoder, which are those of transformers. */
final class ClipNames implements OriginalNames {
    /** The numbers of the tokens' places, and of the whole model how alike a text and a picture count. */
    private static final Set<String> EXTRA = Set.of("text_model.embeddings.position_ids", "logit_scale");

    private static final String PROJECTION = "text_projection.weight";

    private final boolean projects;

    ClipNames(Set<String> parameters) {
        projects = parameters.contains(PROJECTION);
    }

    @Override
    public Optional<OriginalKey> of(String parameter) {
        return Optional.of(OriginalKey.copy(parameter));
    }

    @Override
    public boolean ignores(String name) {
        return EXTRA.contains(name) || (!projects && name.equals(PROJECTION));
    }
}
