package org.diffusion4j.graph.option;

/** How a level's output is doubled: {@code upsample_type}. */
public enum UpsampleType implements ConfigValue {
    /** Nearest neighbour, then a 3×3 convolution. */
    CONV("conv"),
    /** A residual block with nearest neighbour inside; only in attention blocks, as in diffusers. */
    RESNET("resnet"),
    /** Bilinear (half-pixel centres), then a 3×3 convolution. Not in diffusers. */
    BILINEAR("bilinear"),
    /** A 4×4 transposed convolution of stride 2. Not in diffusers. */
    CONV_TRANSPOSE("conv_transpose");

    private final String key;

    UpsampleType(String key) {
        this.key = key;
    }

    @Override
    public String key() {
        return key;
    }
}
