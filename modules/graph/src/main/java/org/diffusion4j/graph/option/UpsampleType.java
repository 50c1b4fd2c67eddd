package org.diffusion4j.graph.option;

import org.diffusion4j.config.ConfigName;

/** How a level's output is doubled: {@code upsample_type}. */
public enum UpsampleType implements ConfigName {
    /** Nearest neighbour, then a 3×3 convolution. */
    CONV,
    /** A residual block with nearest neighbour inside; only in attention blocks, as in diffusers. */
    RESNET,
    /** Bilinear (half-pixel centres), then a 3×3 convolution. Not in diffusers. */
    BILINEAR,
    /** A 4×4 transposed convolution of stride 2. Not in diffusers. */
    CONV_TRANSPOSE
}
