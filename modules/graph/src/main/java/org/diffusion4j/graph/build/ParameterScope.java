package org.diffusion4j.graph.build;

import org.nd4j.autodiff.samediff.SDVariable;

/**
 * A module's place in the network: its name, and what its layers need besides their inputs.
 *
 * @param parameters where the parameters come from
 * @param prefix what every parameter's name begins with: nothing, or the module's name and a dot
 * @param training whether batch norm uses the batch's statistics
 * @param dropoutSeed [N], the seeds of the dropout masks; null for no dropout
 * @param branches what runs beside the layers
 */
public record ParameterScope(
        Parameters parameters, String prefix, boolean training, SDVariable dropoutSeed, Branches branches) {
    /**
     * A scope without branches.
     *
     * @param parameters where the parameters come from
     * @param prefix what every parameter's name begins with
     * @param training whether batch norm uses the batch's statistics
     * @param dropoutSeed [N], the seeds of the dropout masks; null for no dropout
     */
    public ParameterScope(Parameters parameters, String prefix, boolean training, SDVariable dropoutSeed) {
        this(parameters, prefix, training, dropoutSeed, Branches.NONE);
    }

    /**
     * The scope of a module within this one.
     *
     * @param name the module's name
     * @return its scope
     */
    public ParameterScope child(String name) {
        return new ParameterScope(parameters, prefix + name + ".", training, dropoutSeed, branches);
    }

    /**
     * The same scope with dropout.
     *
     * @param seed [N], the seeds of the dropout masks; null for no dropout
     * @return this scope with other seeds
     */
    public ParameterScope withDropout(SDVariable seed) {
        return new ParameterScope(parameters, prefix, training, seed, branches);
    }

    /**
     * Adds the branches of this scope's layer.
     *
     * @param x what the layer takes
     * @param y what the layer gives
     * @param layer the layer
     * @param weight the shape of its weight: [out, in] or [out, in, kH, kW]
     * @return y, or its sum with what the branches give
     */
    public ShapedVariable withBranches(ShapedVariable x, ShapedVariable y, Branches.Layer layer, long... weight) {
        return branches.beside(this, x, y, layer, weight);
    }

    /**
     * A parameter of this scope's module.
     *
     * @param name the parameter's own name
     * @param initial what it is before training
     * @param trainable whether an optimiser changes it
     * @param shape as PyTorch has it
     * @return the variable
     */
    public SDVariable parameter(String name, Initial initial, boolean trainable, long... shape) {
        return parameters.parameter(prefix + name, initial, trainable, shape);
    }

    /**
     * The weight of a linear layer or a convolution, initialised as PyTorch does it.
     *
     * @param fanIn how many inputs an output depends on
     * @param shape as PyTorch has it
     * @return the variable
     */
    public SDVariable weight(long fanIn, long... shape) {
        return parameter("weight", new Initial.Uniform(1 / Math.sqrt((double) fanIn)), true, shape);
    }

    /**
     * The bias of a linear layer or a convolution, initialised as PyTorch does it.
     *
     * @param fanIn how many inputs an output depends on
     * @param width the width of the output
     * @return [width]
     */
    public SDVariable bias(long fanIn, long width) {
        return parameter("bias", new Initial.Uniform(1 / Math.sqrt((double) fanIn)), true, width);
    }

    /**
     * The weight of a norm.
     *
     * @param width the number of channels that it normalises
     * @return [width], ones before training
     */
    public SDVariable weightOfOnes(long width) {
        return parameter("weight", new Initial.Constant(1), true, width);
    }

    /**
     * The bias of a norm.
     *
     * @param width the number of channels that it normalises
     * @return [width], zeros before training
     */
    public SDVariable biasOfZeros(long width) {
        return parameter("bias", new Initial.Constant(0), true, width);
    }
}
