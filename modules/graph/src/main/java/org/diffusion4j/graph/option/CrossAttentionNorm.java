package org.diffusion4j.graph.option;

import org.diffusion4j.config.ConfigName;

/** How simple cross-attention normalises the context: {@code cross_attention_norm}; null doesn't. */
public enum CrossAttentionNorm implements ConfigName {
    /** Each position. */
    LAYER_NORM,
    /** Groups of channels over all positions; there are always 32 groups. */
    GROUP_NORM
}
