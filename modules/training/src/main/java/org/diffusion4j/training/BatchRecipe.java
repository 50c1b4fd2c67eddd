package org.diffusion4j.training;

import java.util.Map;
import java.util.SplittableRandom;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureBatch;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a network gets of a batch of pictures. Whatever is random in it is drawn from the given generator, so that a batch
 * depends only on its number. One thread at a time uses it.
 */
public interface BatchRecipe {
    /**
     * The samples to which noise is added.
     *
     * @param batch the pictures; its sample belongs to this method
     * @param random the batch's generator
     * @return [N, C, H, W], which the caller closes
     */
    INDArray clean(PictureBatch batch, SplittableRandom random);

    /**
     * What the network is told beside noisy samples and timesteps.
     *
     * @param batch the pictures, whose sample may be closed
     * @param random the batch's generator
     * @return the network's further inputs by name, which the caller closes
     * @throws Diffusion4jException if a picture's class or text can't be one of the network's
     */
    Map<String, INDArray> conditioning(PictureBatch batch, SplittableRandom random);

    /**
     * Draws the timestep of each image: by default, any.
     *
     * @param images how many
     * @param length of the noise schedule
     * @param random the batch's generator
     * @return a timestep for each image
     */
    default long[] timesteps(int images, int length, SplittableRandom random) {
        return random.longs(images, 0, length).toArray();
    }

    /**
     * What the network should give, if it isn't what follows from the noise.
     *
     * @param noisy the samples with noise
     * @param timesteps one for each image
     * @param conditioning as {@link #conditioning} gave it
     * @return in the samples' shape, which the caller closes; by default null for what follows from the noise
     */
    default INDArray target(INDArray noisy, long[] timesteps, Map<String, INDArray> conditioning) {
        return null;
    }

    /** Frees what it has. */
    default void close() {}
}
