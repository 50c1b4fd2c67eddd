package org.diffusion4j.graph;

import org.nd4j.autodiff.samediff.SDVariable;

/**
 * The layers that have parameters, under a module's name; initialised as PyTorch does it.
 *
 * @param ops the graph's ops
 * @param parameters where the parameters come from
 * @param prefix what stands before every name: empty, or the module's name and a dot
 * @param training whether batch norm takes the batch's statistics
 * @param dropoutSeed [N], what the dropout masks are drawn by; null for no dropout
 */
public record ParameterScope(
        SDDiffusion ops, Parameters parameters, String prefix, boolean training, SDVariable dropoutSeed) {
    /**
     * The scope of a module within this one.
     *
     * @param name the module's name
     * @return its scope
     */
    public ParameterScope child(String name) {
        return new ParameterScope(ops, parameters, prefix + name + ".", training, dropoutSeed);
    }

    /**
     * A linear layer.
     *
     * @param name the layer's
     * @param x [..., in]
     * @param out its width
     * @param bias whether it has one
     * @return [..., out]
     */
    public ShapedVariable linear(String name, ShapedVariable x, long out, boolean bias) {
        ParameterScope scope = child(name);
        long in = x.size(-1);
        SDVariable weight = scope.weight(in, out, in);
        return ops.linear(x, weight, bias ? scope.bias(in, out) : null);
    }

    /**
     * A convolution that keeps the size, or with stride 2 halves it.
     *
     * @param name the layer's
     * @param x [N, in, H, W]
     * @param out channels of the result
     * @param kernel odd; both directions
     * @return [N, out, H, W]
     */
    public ShapedVariable conv2d(String name, ShapedVariable x, long out, int kernel) {
        ParameterScope scope = child(name);
        long in = x.size(1);
        long fanIn = in * kernel * kernel;
        return ops.conv2d(x, scope.weight(fanIn, out, in, kernel, kernel), scope.bias(fanIn, out), 1, (kernel - 1) / 2);
    }

    /**
     * The 3×3 convolution that halves the size.
     *
     * @param name the layer's
     * @param x [N, in, H, W]
     * @param out channels of the result
     * @param padding 0 or 1
     * @return [N, out, H/2, W/2]
     */
    public ShapedVariable downsampleConv(String name, ShapedVariable x, long out, int padding) {
        ParameterScope scope = child(name);
        long in = x.size(1);
        return ops.downsampleConv(x, scope.weight(in * 9, out, in, 3, 3), scope.bias(in * 9, out), padding);
    }

    /**
     * A 4×4 transposed convolution that doubles the size.
     *
     * @param name the layer's
     * @param x [N, in, H, W]
     * @param out channels of the result
     * @return [N, out, 2H, 2W]
     */
    public ShapedVariable convTranspose2d(String name, ShapedVariable x, long out) {
        ParameterScope scope = child(name);
        // PyTorch takes a transposed convolution's fan-in from the second dimension of its weight: the outputs.
        long fanIn = out * 16;
        return ops.convTranspose2d(x, scope.weight(fanIn, x.size(1), out, 4, 4), scope.bias(fanIn, out), 2, 1, 0);
    }

    /**
     * Group norm with an affine weight and bias.
     *
     * @param name the layer's
     * @param x [N, C, ...]
     * @param groups a divisor of C
     * @param eps added to the variance
     * @return the same shape
     */
    public ShapedVariable groupNorm(String name, ShapedVariable x, int groups, double eps) {
        ParameterScope scope = child(name);
        long channels = x.size(1);
        return ops.groupNorm(x, groups, scope.ones(channels), scope.zeros(channels), eps);
    }

    /**
     * The normalisation that is configured.
     *
     * @param name the layer's
     * @param x [N, C, ...]
     * @param type which
     * @param groups of the group norm; else not looked at
     * @param eps added to the variance
     * @return the same shape
     */
    public ShapedVariable norm(String name, ShapedVariable x, NormType type, int groups, double eps) {
        return switch (type) {
            case GROUP -> groupNorm(name, x, groups, eps);
            case LAYER -> groupNorm(name, x, 1, eps);
            case BATCH -> batchNorm(name, x, eps);
            case NONE -> x;
        };
    }

    private ShapedVariable batchNorm(String name, ShapedVariable x, double eps) {
        ParameterScope scope = child(name);
        long channels = x.size(1);
        SDVariable weight = scope.ones(channels);
        SDVariable bias = scope.zeros(channels);
        SDVariable mean = scope.parameter("running_mean", new Initial.Constant(0), false, channels);
        SDVariable variance = scope.parameter("running_var", new Initial.Constant(1), false, channels);
        return training
                ? ops.batchNormTraining(x, weight, bias, eps)
                : ops.batchNorm(x, weight, bias, mean, variance, eps);
    }

    /**
     * Dropout, where there is a seed for it: a share of the elements is zero, the others are scaled up.
     *
     * @param x any shape
     * @param share in [0, 1)
     * @return the same shape
     */
    public ShapedVariable dropout(ShapedVariable x, double share) {
        return dropoutSeed == null || share == 0 ? x : ops.dropout(x, share, dropoutSeed, prefix.hashCode() % 10_000);
    }

    /**
     * A table of embeddings.
     *
     * @param name the layer's
     * @param index [N], integers
     * @param rows of the table
     * @param width of a row
     * @return [N, width]
     */
    public ShapedVariable embedding(String name, SDVariable index, long rows, long width) {
        return ops.embedding(index, child(name).parameter("weight", new Initial.Normal(1), true, rows, width));
    }

    /**
     * The MLP behind an embedding: two linear layers, SiLU between.
     *
     * @param name the layer's
     * @param x [N, in]
     * @param width of both layers
     * @return [N, width]
     */
    public ShapedVariable timeMlp(String name, ShapedVariable x, long width) {
        ParameterScope scope = child(name);
        return scope.linear("linear_2", ops.silu(scope.linear("linear_1", x, width, true)), width, true);
    }

    /**
     * A parameter of this scope's module.
     *
     * @param name its own name
     * @param initial what it is before training
     * @param trainable whether an optimiser moves it
     * @param shape as PyTorch has it
     * @return the variable
     */
    public SDVariable parameter(String name, Initial initial, boolean trainable, long... shape) {
        return parameters.parameter(prefix + name, initial, trainable, shape);
    }

    private SDVariable weight(long fanIn, long... shape) {
        return parameter("weight", new Initial.Uniform(1 / Math.sqrt((double) fanIn)), true, shape);
    }

    private SDVariable bias(long fanIn, long width) {
        return parameter("bias", new Initial.Uniform(1 / Math.sqrt((double) fanIn)), true, width);
    }

    private SDVariable ones(long width) {
        return parameter("weight", new Initial.Constant(1), true, width);
    }

    private SDVariable zeros(long width) {
        return parameter("bias", new Initial.Constant(0), true, width);
    }
}
