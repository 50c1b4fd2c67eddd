package org.diffusion4j.graph.option;

import org.diffusion4j.config.ConfigName;

/** How a level's output is halved: {@code downsample_type}. */
public enum DownsampleType implements ConfigName {
    /** A 3×3 convolution of stride 2. */
    CONV,
    /** A residual block with average pooling inside; only in attention blocks, as in diffusers. */
    RESNET,
    /** 2×2 average pooling. Not in diffusers. */
    AVG_POOL,
    /** 2×2 max pooling. Not in diffusers. */
    MAX_POOL
}
