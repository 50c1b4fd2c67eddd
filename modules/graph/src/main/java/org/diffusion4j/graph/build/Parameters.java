package org.diffusion4j.graph.build;

import org.nd4j.autodiff.samediff.SDVariable;

/** Where a network's parameters come from. */
@FunctionalInterface
public interface Parameters {
    /**
     * Gives a parameter as a variable of the graph that is being built.
     *
     * @param name diffusers' name, such as {@code down_blocks.0.resnets.0.conv1.weight}
     * @param initial what it is before training
     * @param trainable whether an optimiser changes it; false for Fourier weights and running statistics
     * @param shape as PyTorch has it
     * @return the variable
     */
    SDVariable parameter(String name, Initial initial, boolean trainable, long... shape);
}
