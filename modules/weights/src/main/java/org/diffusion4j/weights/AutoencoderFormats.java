package org.diffusion4j.weights;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.diffusion4j.graph.vae.AutoencoderKLConfig;

/** How diffusers stores the options of autoencoders. */
final class AutoencoderFormats {
    static final ConfigFormat<AutoencoderKLConfig> KL = new ConfigFormat<>(
            "AutoencoderKL", AutoencoderKLConfig.builder().build(), AutoencoderFormats::inTodaysWords, Map.of());

    private AutoencoderFormats() {}

    private static ObjectNode inTodaysWords(ObjectNode json) {
        ActivationNames.inTodaysWords(json, "act_fn");
        return json;
    }
}
