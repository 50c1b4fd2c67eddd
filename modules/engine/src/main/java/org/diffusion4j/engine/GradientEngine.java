package org.diffusion4j.engine;

import java.util.Map;
import java.util.function.UnaryOperator;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Computes the network's gradients, which a trainer needs at every step. Only one thread at a time may use it. */
public interface GradientEngine extends AutoCloseable {
    /**
     * The parameters and their gradients.
     *
     * @return the parameters that were given when the engine was made
     */
    FlatParameters parameters();

    /**
     * Runs the network forward, then backward from the gradient of a loss with respect to its output. Adds the parameters'
     * gradients to {@link FlatParameters#gradients()}.
     *
     * @param sample the noisy images, [N, C, H, W]; any N from 1 on
     * @param timestep the timestep of each image, [N]; finite numbers of any type
     * @param conditioning further inputs by name, such as {@code class_labels} [N], which are whole numbers of any type;
     *     empty if there are none
     * @param outputGradient computes the gradient of the loss with respect to the network's output from that output, both
     *     [N, C', H, W]; it is called once, and the output is freed when this method returns
     * @return the gradient of the loss with respect to the sample if the engine was made to give it, otherwise null
     * @throws IllegalArgumentException if an input is missing, unknown, closed or of a wrong shape or type, or has a label
     *     for which the network has no row; the message says which
     * @throws IllegalStateException if the engine is closed
     */
    INDArray accumulate(
            INDArray sample,
            INDArray timestep,
            Map<String, INDArray> conditioning,
            UnaryOperator<INDArray> outputGradient);

    /**
     * Runs the network forward only, with the parameters as they are and in the way that it learns (with dropout, and batch norm of
     * the batch).
     *
     * @param sample as above
     * @param timestep as above
     * @param conditioning as above
     * @return the network's output, [N, C', H, W], which belongs to the caller
     * @throws IllegalArgumentException as above
     * @throws IllegalStateException if the engine is closed
     */
    INDArray predict(INDArray sample, INDArray timestep, Map<String, INDArray> conditioning);

    /**
     * The memory of the arrays and packed weights that it holds by now, of which the first run makes the most.
     *
     * @return in bytes; by default 0, as where it isn't known
     */
    default long bytes() {
        return 0;
    }

    /** Frees the engine's memory. Closing it again does nothing. The graph and the parameters still belong to the caller. */
    @Override
    void close();
}
