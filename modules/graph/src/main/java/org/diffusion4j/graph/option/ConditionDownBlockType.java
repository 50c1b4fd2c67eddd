package org.diffusion4j.graph.option;

import org.diffusion4j.config.ConfigName;

/** What an encoder level of a conditional U-Net is made of: {@code down_block_types}. */
public enum ConditionDownBlockType implements ConfigName {
    /** Residual blocks, each followed by transformers that read the context. */
    CROSS("CrossAttnDownBlock2D"),
    /** Residual blocks. */
    DOWN("DownBlock2D"),
    /** Residual blocks, each followed by self-attention. */
    ATTENTION("AttnDownBlock2D"),
    /** Residual blocks, the last of which downsamples. */
    RESNET("ResnetDownsampleBlock2D"),
    /** The same as {@link #RESNET}, each followed by attention to the context and the image at once. */
    SIMPLE_CROSS("SimpleCrossAttnDownBlock2D"),
    /** Residual blocks of k-diffusion, whose norms the time embedding scales. */
    K("KDownBlock2D"),
    /** The same as {@link #K}, each followed by attention to the context. */
    K_CROSS("KCrossAttnDownBlock2D");

    private final String configName;

    ConditionDownBlockType(String configName) {
        this.configName = configName;
    }

    @Override
    public String configName() {
        return configName;
    }

    /**
     * Whether the level is one of k-diffusion's.
     *
     * @return true if so
     */
    public boolean isK() {
        return this == K || this == K_CROSS;
    }
}
