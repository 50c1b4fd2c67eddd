package org.diffusion4j.graph.vae;

import org.diffusion4j.config.ConfigName;

/** What a level of an autoencoder's decoder is made of: {@code up_block_types}. */
public enum DecoderBlockType implements ConfigName {
    /** Residual blocks. */
    UP("UpDecoderBlock2D");

    private final String configName;

    DecoderBlockType(String configName) {
        this.configName = configName;
    }

    @Override
    public String configName() {
        return configName;
    }
}
