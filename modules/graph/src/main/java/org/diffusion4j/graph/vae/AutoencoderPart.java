package org.diffusion4j.graph.vae;

import java.util.LinkedHashMap;
import java.util.Map;

/** The part of an autoencoder that a graph has. Encoder and decoder share no parameters. */
public enum AutoencoderPart {
    /** From pictures to latents. */
    ENCODER,
    /** From latents to pictures. */
    DECODER,
    /** Both, side by side: each has a placeholder of its own. */
    BOTH;

    boolean encodes() {
        return this != DECODER;
    }

    boolean decodes() {
        return this != ENCODER;
    }

    /** The parameters without those that belong to the other part. */
    <T> Map<String, T> of(Map<String, T> parameters) {
        Map<String, T> own = new LinkedHashMap<>(parameters);
        own.keySet().removeIf(name -> belongsToOther(name));
        return own;
    }

    private boolean belongsToOther(String name) {
        return switch (this) {
            case ENCODER -> name.startsWith("decoder.") || name.startsWith("post_quant_conv.");
            case DECODER -> name.startsWith("encoder.") || name.startsWith("quant_conv.");
            case BOTH -> false;
        };
    }
}
