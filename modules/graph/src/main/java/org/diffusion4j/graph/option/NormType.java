package org.diffusion4j.graph.option;

import org.diffusion4j.config.ConfigName;

/** How the hidden states are normalised: {@code norm_type}, a key that diffusers doesn't have. */
public enum NormType implements ConfigName {
    /** Group norm: Wu and He 2018 (arXiv:1803.08494). */
    GROUP,
    /** Batch norm: it uses the batch's statistics in training and the running statistics otherwise. */
    BATCH,
    /** Layer norm over all channels and positions of an image: group norm with one group. */
    LAYER,
    /** No normalisation. */
    NONE
}
