package org.diffusion4j.graph.build;

import org.nd4j.autodiff.samediff.SDVariable;

/** What runs beside a network's linear layers and convolutions, and is added to what they give: adapters, or nothing. */
@FunctionalInterface
public interface Branches {
    /** No branches. */
    Branches NONE = (scope, x, y, layer, weight) -> y;

    /** A linear layer or a convolution, without its bias. */
    @FunctionalInterface
    interface Layer {
        /**
         * Applies the layer with other numbers.
         *
         * @param x as for the layer
         * @param weight in place of the layer's, of as many inputs and of the same kernel, with any number of outputs
         * @return as the layer's, of as many channels as the weight has outputs
         */
        ShapedVariable apply(ShapedVariable x, SDVariable weight);
    }

    /**
     * Adds a layer's branches.
     *
     * @param scope the layer's name and parameters
     * @param x what the layer takes
     * @param y what the layer gives
     * @param layer the layer
     * @param weight the shape of its weight: [out, in] or [out, in, kH, kW]
     * @return the sum of y and what the branches give
     */
    ShapedVariable beside(ParameterScope scope, ShapedVariable x, ShapedVariable y, Layer layer, long... weight);
}
