package org.diffusion4j.engine.onednn;

/** The layout of a value in memory. */
enum Layout {
    /** Row-major in the order of its dimensions. */
    PLAIN,
    /** An image [N, C, H, W] with the channels of a pixel side by side. */
    CHANNELS_LAST
}
