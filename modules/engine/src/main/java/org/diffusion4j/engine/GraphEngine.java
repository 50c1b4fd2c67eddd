package org.diffusion4j.engine;

import java.util.Map;
import java.util.function.BooleanSupplier;
import org.diffusion4j.engine.parallel.Cancellation;
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
    default Map<String, INDArray> run(Map<String, INDArray> inputs) {
        return run(inputs, Cancellation.NEVER);
    }

    /**
     * Runs the graph, and ends early when it is cancelled: after the op, or the part of an op, that is being computed.
     *
     * @param inputs as for {@link #run(Map)}
     * @param cancelled whether nobody wants the outputs any more; it is asked many times, by several threads at once, so it must be
     *     quick, such as {@link java.util.concurrent.atomic.AtomicBoolean#get}
     * @return the outputs by name, which belong to the caller
     * @throws java.util.concurrent.CancellationException if it was cancelled before all was computed; nothing runs any more,
     *     and the engine can be used again
     * @throws IllegalArgumentException as for {@link #run(Map)}
     * @throws IllegalStateException if the engine is closed
     */
    Map<String, INDArray> run(Map<String, INDArray> inputs, BooleanSupplier cancelled);

    /** Frees the engine's memory. Closing it again does nothing. The graph that it was made from still belongs to the caller. */
    @Override
    void close();
}
