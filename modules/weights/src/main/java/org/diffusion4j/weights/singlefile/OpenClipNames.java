package org.diffusion4j.weights.singlefile;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names of OpenCLIP's text encoders, whose attention has its three projections in one tensor. */
final class OpenClipNames implements OriginalNames {
    /** What a layer's name begins with, up to its number. */
    static final String LAYERS = "transformer.resblocks.";

    private static final Pattern LAYER =
            Pattern.compile("text_model\\.encoder\\.layers\\.(\\d{1,6})\\.(.+)\\.(weight|bias)");
    private static final Pattern PROJECTION = Pattern.compile("self_attn\\.([qkv])_proj");
    private static final List<String> PROJECTIONS = List.of("q", "k", "v");

    private static final Map<String, String> OUTSIDE = Map.of(
            "text_model.embeddings.token_embedding.weight", "token_embedding.weight",
            "text_model.embeddings.position_embedding.weight", "positional_embedding",
            "text_model.final_layer_norm.weight", "ln_final.weight",
            "text_model.final_layer_norm.bias", "ln_final.bias");

    private static final Map<String, String> INSIDE = Map.of(
            "layer_norm1", "ln_1",
            "layer_norm2", "ln_2",
            "mlp.fc1", "mlp.c_fc",
            "mlp.fc2", "mlp.c_proj",
            "self_attn.out_proj", "attn.out_proj");

    /** Without a bias, a projection is a plain matrix that is multiplied from the right. */
    static final String TEXT_PROJECTION = "text_projection";

    /** Of the whole model of texts and pictures: how alike they count, and which tokens see which. */
    private static final Set<String> EXTRA = Set.of("logit_scale", "attn_mask");

    private final int layers;
    private final boolean projects;

    OpenClipNames(Set<String> parameters) {
        layers = new BlockCount(parameters).of("text_model.encoder.layers");
        projects = parameters.contains(TEXT_PROJECTION + ".weight");
    }

    /** Stable Diffusion 2 takes what the last layer but one gives, so that the last one and the projection have no use. */
    @Override
    public boolean ignores(String name) {
        return EXTRA.contains(name)
                || (!projects && (name.equals(TEXT_PROJECTION) || name.startsWith(LAYERS + layers + ".")));
    }

    @Override
    public Optional<OriginalKey> of(String parameter) {
        if (parameter.equals(TEXT_PROJECTION + ".weight")) {
            return Optional.of(new OriginalKey(TEXT_PROJECTION, new Conversion.Transpose()));
        }
        Matcher layer = LAYER.matcher(parameter);
        if (!layer.matches()) {
            return Optional.ofNullable(OUTSIDE.get(parameter)).map(OriginalKey::copy);
        }
        String block = LAYERS + layer.group(1) + ".";
        Matcher projection = PROJECTION.matcher(layer.group(2));
        if (projection.matches()) {
            int part = PROJECTIONS.indexOf(projection.group(1));
            return Optional.of(new OriginalKey(
                    block + "attn.in_proj_" + layer.group(3), new Conversion.Rows(part, PROJECTIONS.size())));
        }
        return Optional.ofNullable(INSIDE.get(layer.group(2)))
                .map(name -> OriginalKey.copy(block + name + "." + layer.group(3)));
    }
}
