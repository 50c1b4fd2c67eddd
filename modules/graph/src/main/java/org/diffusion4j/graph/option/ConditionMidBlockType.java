package org.diffusion4j.graph.option;

import org.diffusion4j.config.ConfigName;

/** What the bottleneck of a conditional U-Net is made of: {@code mid_block_type}; null leaves it out. */
public enum ConditionMidBlockType implements ConfigName {
    /** A residual block, transformers that read the context, a residual block. */
    CROSS("UNetMidBlock2DCrossAttn"),
    /** A residual block, attention to the context and the image at once, a residual block. */
    SIMPLE_CROSS("UNetMidBlock2DSimpleCrossAttn"),
    /** A single residual block. */
    RESNET("UNetMidBlock2D");

    private final String configName;

    ConditionMidBlockType(String configName) {
        this.configName = configName;
    }

    @Override
    public String configName() {
        return configName;
    }
}
