package org.diffusion4j.server.model;

import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.engine.parallel.Cancellation;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A network whose weights are packed when it is first run, and again when it is run after somebody let them go. */
final class OnDemandNetwork implements NoisePredictor {
    private final Supplier<NoisePredictor> opener;
    /** Null while nothing of it is in memory. */
    private NoisePredictor open;

    private int running;
    private boolean closed;

    OnDemandNetwork(Supplier<NoisePredictor> opener) {
        this.opener = opener;
    }

    @Override
    public INDArray predict(INDArray sample, INDArray timestep, Map<String, INDArray> conditioning) {
        return predict(sample, timestep, conditioning, Cancellation.NEVER);
    }

    @Override
    public INDArray predict(
            INDArray sample, INDArray timestep, Map<String, INDArray> conditioning, BooleanSupplier cancelled) {
        NoisePredictor network = begin();
        try {
            return network.predict(sample, timestep, conditioning, cancelled);
        } finally {
            end();
        }
    }

    private synchronized NoisePredictor begin() {
        if (closed) {
            throw new IllegalStateException("the model is closed");
        }
        if (open == null) {
            open = opener.get();
        }
        running++;
        return open;
    }

    private synchronized void end() {
        running--;
        if (closed && running == 0) {
            free();
        }
    }

    synchronized boolean isInMemory() {
        return open != null;
    }

    /** Frees the packed weights, unless the network is running. */
    synchronized void letGo() {
        if (running == 0) {
            free();
        }
    }

    private void free() {
        if (open != null) {
            open.close();
            open = null;
        }
    }

    /** Frees everything, once the network no longer runs. */
    @Override
    public synchronized void close() {
        closed = true;
        letGo();
    }
}
