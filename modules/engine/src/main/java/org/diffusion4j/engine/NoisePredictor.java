package org.diffusion4j.engine;

import java.util.Map;
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

    /** Frees the engine's memory. Closing it again does nothing. The graph that it was made from still belongs to the caller. */
    @Override
    void close();
}
