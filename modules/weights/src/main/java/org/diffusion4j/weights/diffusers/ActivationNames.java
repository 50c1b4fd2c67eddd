package org.diffusion4j.weights.diffusers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import org.diffusion4j.graph.option.Activation;

/** Diffusers' names of activations, which are case-insensitive, and of which SiLU has two. */
final class ActivationNames {
    private ActivationNames() {}

    /** Writes an activation's name as it is written today. */
    static void inTodaysWords(ObjectNode json, String key) {
        JsonNode activation = json.path(key);
        if (activation.isTextual()) {
            String lower = activation.textValue().toLowerCase(Locale.ROOT);
            json.put(key, lower.equals("swish") ? Activation.SILU.configName() : lower);
        }
    }
}
