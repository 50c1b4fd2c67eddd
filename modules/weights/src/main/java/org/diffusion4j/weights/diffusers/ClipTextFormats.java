package org.diffusion4j.weights.diffusers;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.diffusion4j.graph.cliptext.ClipTextConfig;

/** How transformers stores the options of CLIP's text encoders. */
final class ClipTextFormats {
    static final ConfigFormat<ClipTextConfig> PLAIN = format("CLIPTextModel", false);
    static final ConfigFormat<ClipTextConfig> WITH_PROJECTION = format("CLIPTextModelWithProjection", true);

    private ClipTextFormats() {}

    private static ConfigFormat<ClipTextConfig> format(String className, boolean projection) {
        ClipTextConfig defaults =
                ClipTextConfig.builder().textProjection(projection).build();
        return new ConfigFormat<>(className, WeightLayout.TRANSFORMERS, defaults, UnaryOperator.identity(), fixed());
    }

    /** Keys of every text encoder's file that change nothing when a trained encoder runs. */
    private static Map<String, List<Object>> fixed() {
        Map<String, List<Object>> fixed = new LinkedHashMap<>();
        for (String key : List.of(
                "architectures",
                "attention_dropout",
                "dropout",
                "initializer_factor",
                "initializer_range",
                "torch_dtype",
                "dtype",
                "transformers_version",
                "pad_token_id",
                "bos_token_id")) {
            fixed.put(key, List.of());
        }
        fixed.put("model_type", List.of("clip_text_model"));
        return fixed;
    }
}
