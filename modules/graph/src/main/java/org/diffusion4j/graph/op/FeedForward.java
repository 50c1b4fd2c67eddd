package org.diffusion4j.graph.op;

import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.option.Activation;
import org.diffusion4j.samediff.SharedArrays;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * Linear layers, and blocks of two of them.
 */
public final class FeedForward {
    private FeedForward() {}

    /**
     * x·Wᵀ + b over the last dimension.
     *
     * @param x [..., in]
     * @param weight [out, in]
     * @param bias [out] or null
     * @return [..., out]
     */
    public static ShapedVariable linear(ShapedVariable x, SDVariable weight, SDVariable bias) {
        return linear(x, weight, SharedArrays.shapeOf(weight)[0], bias);
    }

    private static ShapedVariable linear(ShapedVariable x, SDVariable weight, long out, SDVariable bias) {
        SameDiff sd = x.sameDiff();
        // mmul takes only arrays of equal rank, so the leading dimensions are flattened.
        SDVariable rows = x.rank() == 2 ? x.variable() : sd.reshape(x.variable(), -1, x.size(-1));
        SDVariable y = sd.mmul(rows, weight, false, true, false);
        if (bias != null) {
            y = y.add(bias);
        }
        long[] shape = x.shape();
        shape[shape.length - 1] = out;
        return new ShapedVariable(x.rank() == 2 ? y : sd.reshape(y, shape), shape);
    }

    /**
     * A linear layer that makes its own parameters, initialised as in PyTorch.
     *
     * @param scope the layer's name and parameters
     * @param x [..., in]
     * @param out the width of the output
     * @param bias whether the layer has a bias
     * @return [..., out]
     */
    public static ShapedVariable linear(ParameterScope scope, ShapedVariable x, long out, boolean bias) {
        long in = x.size(-1);
        SDVariable weight = scope.weight(in, out, in);
        ShapedVariable y = linear(x, weight, bias ? scope.bias(in, out) : null);
        return scope.withBranches(x, y, (input, other) -> linear(input, other, null), out, in);
    }

    /**
     * PyTorch's one-dimensional convolution of a single element, a linear layer whose weight has one dimension more, with its own
     * parameters.
     *
     * @param scope the layer's name and parameters
     * @param x [N, S, in]
     * @param out the width of the output
     * @return [N, S, out]
     */
    public static ShapedVariable pointwise(ParameterScope scope, ShapedVariable x, long out) {
        SameDiff sd = x.sameDiff();
        long in = x.size(-1);
        SDVariable weight = sd.reshape(scope.weight(in, out, in, 1), out, in);
        return linear(x, weight, out, scope.bias(in, out));
    }

    /**
     * The MLP after an embedding: two linear layers with SiLU between them.
     *
     * @param scope the MLP's name and parameters
     * @param x [N, in]
     * @param width the width of both layers
     * @return [N, width]
     */
    public static ShapedVariable timeMlp(ParameterScope scope, ShapedVariable x, long width) {
        return timeMlp(scope, x, width, Activation.SILU);
    }

    /**
     * The MLP after an embedding: two linear layers with an activation between them.
     *
     * @param scope the MLP's name and parameters
     * @param x [N, in]
     * @param width the width of both layers
     * @param activation what stands between them
     * @return [N, width]
     */
    public static ShapedVariable timeMlp(ParameterScope scope, ShapedVariable x, long width, Activation activation) {
        ShapedVariable hidden = linear(scope.child("linear_1"), x, width, true);
        return linear(scope.child("linear_2"), Activations.activation(activation, hidden), width, true);
    }

    /**
     * A gated linear unit, a·gelu(g) with [a, g] = x·Wᵀ + b: Shazeer 2020 (arXiv:2002.05202).
     *
     * @param x [..., in]
     * @param weight [2·hidden, in]
     * @param bias [2·hidden]
     * @return [..., hidden]
     */
    public static ShapedVariable geglu(ShapedVariable x, SDVariable weight, SDVariable bias) {
        return gated(linear(x, weight, bias));
    }

    private static ShapedVariable gated(ShapedVariable both) {
        ShapedVariable[] halves = Channels.halves(both);
        return halves[0].with(
                halves[0].variable().mul(Activations.gelu(halves[1]).variable()));
    }

    /**
     * A gated linear unit that makes its own parameters.
     *
     * @param scope the layer's name and parameters
     * @param x [..., in]
     * @param hidden the width of the result
     * @return [..., hidden]
     */
    public static ShapedVariable geglu(ParameterScope scope, ShapedVariable x, long hidden) {
        return gated(linear(scope, x, 2 * hidden, true));
    }
}
