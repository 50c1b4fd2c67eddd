package org.diffusion4j.engine;

import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The network as a function: what a sampler asks at every step. Safe to call from several threads at once. */
public interface NoisePredictor extends AutoCloseable {
    /**
     * The network's output.
     *
     * @param sample the noisy images, [N, C, H, W]; any N from 1 on; a view is as good as a whole array
     * @param timestep of each image, [N]; any numeric type, finite
     * @param conditioning further inputs by name, such as {@code class_labels} [N], whole numbers of any type; empty if
     *     there are none
     * @return the prediction, [N, C', H, W], the caller's own
     * @throws IllegalArgumentException if an input is missing, is one too many, is closed, has a wrong shape or type, or
     *     a label that the network has no row for; the message says which
     * @throws IllegalStateException if the engine is closed
     */
    INDArray predict(INDArray sample, INDArray timestep, Map<String, INDArray> conditioning);

    /** Frees what the engine holds; once closed, it does nothing. The graph that it was made from stays the caller's. */
    @Override
    void close();
}
