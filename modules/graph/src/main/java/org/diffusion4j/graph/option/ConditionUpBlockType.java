package org.diffusion4j.graph.option;

import org.diffusion4j.config.ConfigName;

/** What a decoder level of a conditional U-Net is made of: {@code up_block_types}. */
public enum ConditionUpBlockType implements ConfigName {
    /** Residual blocks, each followed by transformers that read the context. */
    CROSS("CrossAttnUpBlock2D"),
    /** Residual blocks. */
    UP("UpBlock2D"),
    /** Residual blocks, each followed by self-attention. */
    ATTENTION("AttnUpBlock2D"),
    /** Residual blocks, the last of which upsamples. */
    RESNET("ResnetUpsampleBlock2D"),
    /** The same as {@link #RESNET}, each followed by attention to the context and the image at once. */
    SIMPLE_CROSS("SimpleCrossAttnUpBlock2D"),
    /** Residual blocks of k-diffusion, whose norms the time embedding scales. */
    K("KUpBlock2D"),
    /** The same as {@link #K}, each followed by attention to the context. */
    K_CROSS("KCrossAttnUpBlock2D");

    private final String configName;

    ConditionUpBlockType(String configName) {
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
