package org.diffusion4j.graph.option;

/** The activation function: {@code act_fn}. */
public enum Activation implements ConfigValue {
    /** x·sigmoid(x), also called swish. */
    SILU("silu"),
    /** max(x, 0). */
    RELU("relu"),
    /** x·Φ(x), computed with the error function. */
    GELU("gelu"),
    /** The tanh approximation of gelu. Diffusers' U-Net doesn't have it. */
    GELU_TANH("gelu_tanh"),
    /** x·tanh(softplus(x)). */
    MISH("mish");

    private final String key;

    Activation(String key) {
        this.key = key;
    }

    @Override
    public String key() {
        return key;
    }
}
