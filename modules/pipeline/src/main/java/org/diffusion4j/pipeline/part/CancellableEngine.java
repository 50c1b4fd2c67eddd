package org.diffusion4j.pipeline.part;

import java.util.Map;
import java.util.function.BooleanSupplier;
import org.diffusion4j.engine.GraphEngine;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An engine all of whose runs can be cancelled.
 *
 * @param engine runs the graph; this closes it
 * @param cancelled asked while it runs
 */
record CancellableEngine(GraphEngine engine, BooleanSupplier cancelled) implements GraphEngine {
    @Override
    public Map<String, INDArray> run(Map<String, INDArray> inputs) {
        return engine.run(inputs, cancelled);
    }

    @Override
    public Map<String, INDArray> run(Map<String, INDArray> inputs, BooleanSupplier also) {
        return engine.run(inputs, () -> cancelled.getAsBoolean() || also.getAsBoolean());
    }

    @Override
    public void close() {
        engine.close();
    }
}
