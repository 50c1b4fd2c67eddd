package org.diffusion4j.graph.option;

import org.diffusion4j.config.ConfigName;

/** What a decoder level is made of: {@code up_block_types}. */
public enum UpBlockType implements ConfigName {
    /** Residual blocks. */
    UP("UpBlock2D"),
    /** Residual blocks, each followed by self-attention. */
    ATTENTION("AttnUpBlock2D"),
    /** Residual blocks, the last of which upsamples. */
    RESNET("ResnetUpsampleBlock2D"),
    /** Residual blocks with FIR resampling and an image pyramid beside them: Song et al. 2021. */
    SKIP("SkipUpBlock2D"),
    /** The same as {@link #SKIP}, with self-attention after the last residual block. */
    ATTENTION_SKIP("AttnSkipUpBlock2D");

    private final String configName;

    UpBlockType(String configName) {
        this.configName = configName;
    }

    @Override
    public String configName() {
        return configName;
    }

    /**
     * Whether the level has self-attention.
     *
     * @return true if so
     */
    public boolean attends() {
        return this == ATTENTION || this == ATTENTION_SKIP;
    }

    /**
     * Whether the level carries an image pyramid besides the hidden states.
     *
     * @return true if so
     */
    public boolean isSkip() {
        return this == SKIP || this == ATTENTION_SKIP;
    }
}
