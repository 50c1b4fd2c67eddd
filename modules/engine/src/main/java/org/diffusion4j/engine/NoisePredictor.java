package org.diffusion4j.engine;

import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The network as a function: what a sampler asks at every step. Safe to call from several threads at once. */
public interface NoisePredictor extends AutoCloseable {
    /**
     * The network's output.
     *
     * @param sample the noisy images, [N, C, H, W]; any N
     * @param timestep of each image, [N]; any numeric type
     * @param conditioning further inputs by name, such as {@code class_labels} [N]; empty if there are none
     * @return the prediction, [N, C', H, W], the caller's own
     * @throws IllegalArgumentException if an input is missing, is one too many or has a wrong shape; the message says
     *     which
     * @throws IllegalStateException if the engine is closed
     */
    INDArray predict(INDArray sample, INDArray timestep, Map<String, INDArray> conditioning);

    /** Frees what the engine holds; once closed, it does nothing. The graph that it was made from stays the caller's. */
    @Override
    void close();
}
