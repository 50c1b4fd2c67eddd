package org.diffusion4j.graph.vae;

import org.diffusion4j.config.ConfigName;

/** What a level of an autoencoder's encoder is made of: {@code down_block_types}. */
public enum EncoderBlockType implements ConfigName {
    /** Residual blocks. */
    DOWN("DownEncoderBlock2D");

    private final String configName;

    EncoderBlockType(String configName) {
        this.configName = configName;
    }

    @Override
    public String configName() {
        return configName;
    }
}
