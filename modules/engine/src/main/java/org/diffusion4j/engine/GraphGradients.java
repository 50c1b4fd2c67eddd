package org.diffusion4j.engine;

import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A graph that runs forwards, then backwards. Only one thread at a time may use it. {@link EngineKind#openGraphGradients} opens
 * one.
 */
public interface GraphGradients extends AutoCloseable {
    /**
     * Runs the graph forwards.
     *
     * @param inputs one array per placeholder, by name; the batch, their first dimension, may have any size from 1 on
     * @return the outputs by name, which belong to the caller
     * @throws IllegalArgumentException as for {@link GraphEngine#run}
     * @throws IllegalStateException if the engine is closed
     */
    Map<String, INDArray> run(Map<String, INDArray> inputs);

    /**
     * Runs the backward pass of the last run, and adds to the parameters' gradients.
     *
     * @param gradients the gradient of a loss with respect to each output, of the output's shape
     * @return the gradients with respect to the inputs that were named when the engine was opened; they belong to the caller
     * @throws IllegalArgumentException if a gradient is missing, unknown, closed or of a wrong shape or type
     * @throws IllegalStateException if the engine is closed or hasn't run
     */
    Map<String, INDArray> backward(Map<String, INDArray> gradients);

    /** Frees the engine's memory. Closing it again does nothing. The graph and the parameters still belong to the caller. */
    @Override
    void close();
}
