package org.diffusion4j.spark.sampling;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.engine.OneDnnEngine;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A network for tasks that run beside each other: as many engines as run at once, and the packed weights once. */
final class SharedEngine implements NoisePredictor {
    private final OneDnnEngine first;
    private final List<OneDnnEngine> all = new ArrayList<>();
    private final Deque<OneDnnEngine> idle = new ArrayDeque<>();

    private SharedEngine(OneDnnEngine first) {
        this.first = first;
        all.add(first);
        idle.add(first);
    }

    /** The other engines have no such sharing: their calls wait for each other. */
    static NoisePredictor of(NoisePredictor engine) {
        return engine instanceof OneDnnEngine compiled ? new SharedEngine(compiled) : engine;
    }

    @Override
    public INDArray predict(INDArray sample, INDArray timestep, Map<String, INDArray> conditioning) {
        OneDnnEngine engine = taken();
        try {
            return engine.predict(sample, timestep, conditioning);
        } finally {
            give(engine);
        }
    }

    private synchronized OneDnnEngine taken() {
        if (idle.isEmpty()) {
            OneDnnEngine another = first.beside();
            all.add(another);
            return another;
        }
        return idle.pop();
    }

    private synchronized void give(OneDnnEngine engine) {
        idle.push(engine);
    }

    @Override
    public synchronized void close() {
        all.forEach(OneDnnEngine::close);
    }
}
