package org.diffusion4j.graph.option;

/** How a level's output is halved: {@code downsample_type}. */
public enum DownsampleType implements ConfigValue {
    /** A 3×3 convolution of stride 2. */
    CONV("conv"),
    /** A residual block with average pooling inside; only in attention blocks, as in diffusers. */
    RESNET("resnet"),
    /** 2×2 average pooling. Not in diffusers. */
    AVG_POOL("avg_pool"),
    /** 2×2 max pooling. Not in diffusers. */
    MAX_POOL("max_pool");

    private final String key;

    DownsampleType(String key) {
        this.key = key;
    }

    @Override
    public String key() {
        return key;
    }
}
