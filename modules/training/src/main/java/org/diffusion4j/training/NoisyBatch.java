package org.diffusion4j.training;

import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The data of one pass through the network.
 *
 * @param noisy samples with noise at their timesteps, [N, C, H, W]
 * @param timesteps one per image
 * @param conditioning the network's further inputs by name
 * @param target what the network should give, [N, C, H, W]
 * @param names where each image came from
 */
public record NoisyBatch(
        INDArray noisy, long[] timesteps, Map<String, INDArray> conditioning, INDArray target, List<String> names)
        implements AutoCloseable {
    /** Frees all its arrays. */
    @Override
    public void close() {
        noisy.close();
        target.close();
        conditioning.values().forEach(INDArray::close);
    }
}
