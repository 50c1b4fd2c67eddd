package org.diffusion4j.graph.option;

/** How the hidden states are normalised: {@code norm_type}, a key that diffusers doesn't have. */
public enum NormType implements ConfigValue {
    /** Group norm: Wu and He 2018 (arXiv:1803.08494). */
    GROUP("group"),
    /** Batch norm: it uses the batch's statistics in training and the running statistics otherwise. */
    BATCH("batch"),
    /** Layer norm over all channels and positions of an image: group norm with one group. */
    LAYER("layer"),
    /** No normalisation. */
    NONE("none");

    private final String key;

    NormType(String key) {
        this.key = key;
    }

    @Override
    public String key() {
        return key;
    }
}
