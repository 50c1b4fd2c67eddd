package org.diffusion4j.engine;

import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A graph that runs forwards. Several threads may call it at once. {@link EngineKind#openGraph} opens one. */
public interface GraphEngine extends AutoCloseable {
    /**
     * Runs the graph.
     *
     * @param inputs one array per placeholder, by name; the batch, their first dimension, may have any size from 1 on
     * @return the outputs by name, which belong to the caller
     * @throws IllegalArgumentException if an input is missing, unknown, closed or of a wrong shape or type, or has a number
     *     that picks a row which the graph's table hasn't; the message says which
     * @throws IllegalStateException if the engine is closed
     */
    Map<String, INDArray> run(Map<String, INDArray> inputs);

    /** Frees the engine's memory. Closing it again does nothing. The graph that it was made from still belongs to the caller. */
    @Override
    void close();
}
