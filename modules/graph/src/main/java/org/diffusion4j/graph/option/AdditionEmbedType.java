package org.diffusion4j.graph.option;

import org.diffusion4j.config.ConfigName;

/** What a conditional U-Net adds to its time embedding: {@code addition_embed_type}. */
public enum AdditionEmbedType implements ConfigName {
    /** The context, pooled by attention. */
    TEXT,
    /** A text's and an image's embedding. */
    TEXT_IMAGE,
    /** A text's embedding together with numbers that are embedded like timesteps, such as the picture's size. */
    TEXT_TIME,
    /** An image's embedding. */
    IMAGE,
    /** An image's embedding; a hint becomes further channels of the sample. */
    IMAGE_HINT
}
