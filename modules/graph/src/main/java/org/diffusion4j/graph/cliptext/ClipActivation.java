package org.diffusion4j.graph.cliptext;

import org.diffusion4j.config.ConfigName;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Activations;

/** The activation function between the two linear layers of a block: {@code hidden_act}. */
public enum ClipActivation implements ConfigName {
    /** x·sigmoid(1.702x). */
    QUICK_GELU,
    /** x·Φ(x), computed with the error function. */
    GELU,
    /** The tanh approximation of gelu. */
    GELU_NEW,
    /** The same as {@link #GELU_NEW}. */
    GELU_PYTORCH_TANH,
    /** max(x, 0). */
    RELU,
    /** x·sigmoid(x). */
    SILU,
    /** The same as {@link #SILU}. */
    SWISH,
    /** x·tanh(softplus(x)). */
    MISH;

    ShapedVariable apply(ShapedVariable x) {
        return switch (this) {
            case QUICK_GELU -> Activations.quickGelu(x);
            case GELU -> Activations.gelu(x);
            case GELU_NEW, GELU_PYTORCH_TANH -> Activations.geluTanh(x);
            case RELU -> Activations.relu(x);
            case SILU, SWISH -> Activations.silu(x);
            case MISH -> Activations.mish(x);
        };
    }
}
