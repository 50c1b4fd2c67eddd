package org.diffusion4j.graph.option;

import org.diffusion4j.config.ConfigName;

/** What the bottleneck is made of: {@code mid_block_type}; null leaves it out. */
public enum MidBlockType implements ConfigName {
    /** A residual block, self-attention, a residual block. */
    RESNET_ATTENTION("UNetMidBlock2D");

    private final String configName;

    MidBlockType(String configName) {
        this.configName = configName;
    }

    @Override
    public String configName() {
        return configName;
    }
}
