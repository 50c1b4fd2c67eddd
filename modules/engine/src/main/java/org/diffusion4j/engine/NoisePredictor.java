package org.diffusion4j.engine;

import java.util.Map;
import java.util.function.BooleanSupplier;
import org.diffusion4j.engine.parallel.Cancellation;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The network as a function, which is called at every step of a sampler. Several threads may call it at once. */
public interface NoisePredictor extends AutoCloseable {
    /**
     * Computes the network's output.
     *
     * @param sample the noisy images, [N, C, H, W]; any N from 1 on; it may be a view
     * @param timestep the timestep of each image, [N]; finite numbers of any type
     * @param conditioning further inputs by name, such as {@code class_labels} [N], which are whole numbers of any type;
     *     empty if there are none
     * @return the prediction, [N, C', H, W], which belongs to the caller
     * @throws IllegalArgumentException if an input is missing, unknown, closed or of a wrong shape or type, or has a label
     *     for which the network has no row; the message says which
     * @throws IllegalStateException if the engine is closed
     */
    INDArray predict(INDArray sample, INDArray timestep, Map<String, INDArray> conditioning);

    /**
     * Computes the network's output unless nobody wants it any more. An engine that can't be stopped asks only before it begins.
     *
     * @param sample as above
     * @param timestep as above
     * @param conditioning as above
     * @param cancelled whether nobody wants the output any more; it is asked often, by several threads at once, so it must be quick
     * @return the prediction, which belongs to the caller
     * @throws java.util.concurrent.CancellationException if it was cancelled before all was computed; the engine can be used again
     * @throws IllegalArgumentException as above
     * @throws IllegalStateException if the engine is closed
     */
    default INDArray predict(
            INDArray sample, INDArray timestep, Map<String, INDArray> conditioning, BooleanSupplier cancelled) {
        Cancellation.check(cancelled);
        return predict(sample, timestep, conditioning);
    }

    /** Frees the engine's memory. Closing it again does nothing. The graph that it was made from still belongs to the caller. */
    @Override
    void close();
}
