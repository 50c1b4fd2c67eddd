package org.diffusion4j.weights.singlefile;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** The names of OpenAI's text encoder, which are those of transformers. */
final class ClipNames implements OriginalNames {
    /** The numbers of the tokens' places, and of the whole model how alike a text and a picture count. */
    private static final Set<String> EXTRA = Set.of("text_model.embeddings.position_ids", "logit_scale");

    private static final String PROJECTION = "text_projection.weight";

    /** What transformers leaves out of the names since 5.6, and with it who writes single files of its folders. */
    private static final Pattern SHORT = Pattern.compile(
            "^(?:cond_stage_model|conditioner\\.embedders\\.0)\\.transformer\\.(?=(?:embeddings|encoder|final_layer_norm)\\.)");

    private final boolean projects;

    ClipNames(Set<String> parameters) {
        projects = parameters.contains(PROJECTION);
    }

    /** The usual name of a tensor in a single file, if it is one of a text encoder whose names are short, or its own. */
    static String usual(String name) {
        return SHORT.matcher(name).replaceFirst("$0text_model.");
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
