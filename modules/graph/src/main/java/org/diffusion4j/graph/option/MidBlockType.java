package org.diffusion4j.graph.option;

/** What the bottleneck is made of: {@code mid_block_type}; null leaves it out. */
public enum MidBlockType implements ConfigValue {
    /** A residual block, self-attention, a residual block. */
    RESNET_ATTENTION("UNetMidBlock2D");

    private final String key;

    MidBlockType(String key) {
        this.key = key;
    }

    @Override
    public String key() {
        return key;
    }
}
