package org.diffusion4j.graph.option;

import org.diffusion4j.config.ConfigName;

/** What a conditional U-Net makes its context from: {@code encoder_hid_dim_type}; null takes the context as it is. */
public enum EncoderHidType implements ConfigName {
    /** A text's sequence, which a linear layer brings to the context's width. */
    TEXT_PROJ,
    /** Ten positions made from an image's embedding, followed by the text's sequence. */
    TEXT_IMAGE_PROJ,
    /** 32 positions made from an image's embedding. */
    IMAGE_PROJ
}
