package org.diffusion4j.graph.op;

import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.option.Activation;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * Activation functions and softmax, element by element or over one dimension.
 */
public final class Activations {
    private Activations() {}

    /**
     * The activation function that an option names.
     *
     * @param activation which function
     * @param x any shape
     * @return the same shape
     */
    public static ShapedVariable activation(Activation activation, ShapedVariable x) {
        return switch (activation) {
            case SILU -> silu(x);
            case RELU -> relu(x);
            case GELU -> gelu(x);
            case GELU_TANH -> geluTanh(x);
            case MISH -> mish(x);
        };
    }

    /**
     * x·sigmoid(x). It is composed of other ops, since the gradient of ND4J's swish is NaN from x = 89 on.
     *
     * @param x any shape
     * @return the same shape
     */
    public static ShapedVariable silu(ShapedVariable x) {
        SameDiff sd = x.sameDiff();
        return x.with(x.variable().mul(sd.nn().sigmoid(x.variable())));
    }

    /**
     * max(x, 0).
     *
     * @param x any shape
     * @return the same shape
     */
    public static ShapedVariable relu(ShapedVariable x) {
        SameDiff sd = x.sameDiff();
        return x.with(sd.nn().relu(x.variable(), 0));
    }

    /**
     * x·Φ(x), computed with the error function. ND4J's gelu is x·sigmoid(1.702x), and its preciseGelu is neither of the two.
     *
     * @param x any shape
     * @return the same shape
     */
    public static ShapedVariable gelu(ShapedVariable x) {
        SameDiff sd = x.sameDiff();
        SDVariable cdf =
                sd.math().erf(x.variable().mul(Math.sqrt(0.5))).add(1.0).mul(0.5);
        return x.with(x.variable().mul(cdf));
    }

    /**
     * ½x·(1 + tanh(√(2/π)·(x + 0.044715x³))): Hendrycks and Gimpel 2016 (arXiv:1606.08415).
     *
     * @param x any shape
     * @return the same shape
     */
    public static ShapedVariable geluTanh(ShapedVariable x) {
        SameDiff sd = x.sameDiff();
        SDVariable v = x.variable();
        SDVariable cubic = sd.math().square(v).mul(v).mul(0.044715);
        SDVariable cdf = sd.math()
                .tanh(v.add(cubic).mul(Math.sqrt(2 / Math.PI)))
                .add(1.0)
                .mul(0.5);
        return x.with(v.mul(cdf));
    }

    /**
     * x·sigmoid(1.702x), CLIP's gelu.
     *
     * @param x any shape
     * @return the same shape
     */
    public static ShapedVariable quickGelu(ShapedVariable x) {
        SameDiff sd = x.sameDiff();
        return x.with(x.variable().mul(sd.nn().sigmoid(x.variable().mul(1.702))));
    }

    /**
     * x·tanh(softplus(x)): Misra 2019 (arXiv:1908.08681); ND4J's own mish has no gradient.
     *
     * @param x any shape
     * @return the same shape
     */
    public static ShapedVariable mish(ShapedVariable x) {
        SameDiff sd = x.sameDiff();
        return x.with(x.variable().mul(sd.math().tanh(sd.nn().softplus(x.variable()))));
    }

    /**
     * Softmax over a dimension.
     *
     * @param x any shape
     * @param dimension the dimension; a negative number counts from the last one
     * @return the same shape
     */
    public static ShapedVariable softmax(ShapedVariable x, int dimension) {
        SameDiff sd = x.sameDiff();
        return x.with(sd.nn().softmax(x.variable(), dimension < 0 ? x.rank() + dimension : dimension));
    }
}
