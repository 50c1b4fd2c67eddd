package org.diffusion4j.graph.option;

import org.diffusion4j.config.ConfigName;

/** What an encoder level is made of: {@code down_block_types}. */
public enum DownBlockType implements ConfigName {
    /** Residual blocks. */
    DOWN("DownBlock2D"),
    /** Residual blocks, each followed by self-attention. */
    ATTENTION("AttnDownBlock2D"),
    /** Residual blocks, the last of which downsamples. */
    RESNET("ResnetDownsampleBlock2D"),
    /** Residual blocks with FIR resampling and an image pyramid beside them: Song et al. 2021. */
    SKIP("SkipDownBlock2D"),
    /** The same as {@link #SKIP}, with self-attention. */
    ATTENTION_SKIP("AttnSkipDownBlock2D");

    private final String configName;

    DownBlockType(String configName) {
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
