package org.diffusion4j.graph.option;

import org.diffusion4j.config.ConfigName;

/** The activation function: {@code act_fn}. */
public enum Activation implements ConfigName {
    /** x·sigmoid(x), also called swish. */
    SILU,
    /** max(x, 0). */
    RELU,
    /** x·Φ(x), computed with the error function. */
    GELU,
    /** The tanh approximation of gelu. Diffusers' U-Net doesn't have it. */
    GELU_TANH,
    /** x·tanh(softplus(x)). */
    MISH
}
