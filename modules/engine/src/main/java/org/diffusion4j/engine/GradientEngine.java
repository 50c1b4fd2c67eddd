package org.diffusion4j.engine;

import java.util.Map;
import java.util.function.UnaryOperator;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The network's gradients: what a trainer asks at every step. For one thread at a time. */
public interface GradientEngine extends AutoCloseable {
    /**
     * The parameters and their gradients.
     *
     * @return what was given when the engine was made
     */
    FlatParameters parameters();

    /**
     * Runs the network forward, then backward from the gradient of a loss with respect to its output, and adds the
     * parameters' gradients to {@link FlatParameters#gradients()}.
     *
     * @param sample the noisy images, [N, C, H, W]; any N from 1 on
     * @param timestep of each image, [N]; any numeric type, finite
     * @param conditioning further inputs by name, such as {@code class_labels} [N], whole numbers of any type; empty if
     *     there are none
     * @param outputGradient from the network's output, [N, C', H, W], to the gradient of the loss with respect to it, the
     *     same shape; called once, and the output is freed when this method returns
     * @return the gradient of the loss with respect to the sample if the engine was made to give it, else null
     * @throws IllegalArgumentException if an input is missing, is one too many, is closed, has a wrong shape or type, or
     *     a label that the network has no row for; the message says which
     * @throws IllegalStateException if the engine is closed
     */
    INDArray accumulate(
            INDArray sample,
            INDArray timestep,
            Map<String, INDArray> conditioning,
            UnaryOperator<INDArray> outputGradient);

    /** Frees what the engine holds; once closed, it does nothing. The graph and the parameters stay the caller's. */
    @Override
    void close();
}
