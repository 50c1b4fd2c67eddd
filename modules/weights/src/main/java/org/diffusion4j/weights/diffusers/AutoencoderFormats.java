package org.diffusion4j.weights.diffusers;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.diffusion4j.graph.vae.AutoencoderKLConfig;
import org.diffusion4j.graph.vae.AutoencoderTinyConfig;

/** How diffusers stores the options of autoencoders. */
final class AutoencoderFormats {
    static final ConfigFormat<AutoencoderKLConfig> KL = new ConfigFormat<>(
            "AutoencoderKL", AutoencoderKLConfig.builder().build(), AutoencoderFormats::inTodaysWords, Map.of());

    /** {@code block_out_channels} repeats those of the decoder; magnitude and shift are for latents kept as bytes. */
    static final ConfigFormat<AutoencoderTinyConfig> TINY = new ConfigFormat<>(
            "AutoencoderTiny",
            AutoencoderTinyConfig.builder().build(),
            AutoencoderFormats::inTodaysWords,
            Map.of(
                    "upsample_fn",
                    List.of("nearest"),
                    "force_upcast",
                    List.of(),
                    "block_out_channels",
                    List.of(),
                    "latent_magnitude",
                    List.of(),
                    "latent_shift",
                    List.of()));

    private AutoencoderFormats() {}

    private static ObjectNode inTodaysWords(ObjectNode json) {
        ActivationNames.inTodaysWords(json, "act_fn");
        return json;
    }
}
