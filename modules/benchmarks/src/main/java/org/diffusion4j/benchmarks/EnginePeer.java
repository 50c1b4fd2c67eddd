package org.diffusion4j.benchmarks;

import java.util.Map;
import org.diffusion4j.engine.NoisePredictor;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** One of this project's engines. */
final class EnginePeer implements Peer {
    private final NoisePredictor engine;
    private final INDArray sample;
    private final INDArray timestep;

    EnginePeer(NoisePredictor engine, Inputs inputs) {
        this.engine = engine;
        this.sample = Nd4j.create(inputs.sample(), inputs.sampleShape(), 'c');
        this.timestep = Nd4j.createFromArray(inputs.timestep());
    }

    @Override
    public float[] run() {
        try (INDArray output = engine.predict(sample, timestep, Map.of())) {
            return output.data().asFloat();
        }
    }

    @Override
    public void close() {
        engine.close();
    }
}
