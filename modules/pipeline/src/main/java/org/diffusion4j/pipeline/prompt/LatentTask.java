package org.diffusion4j.pipeline.prompt;

import org.diffusion4j.diffusion.sampler.Sampler;
import org.diffusion4j.pipeline.part.EncodedPictures;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One of diffusers' pipelines: what a walk begins with, and what is done to it between its steps. */
interface LatentTask extends AutoCloseable {
    /**
     * Draws what a walk begins with, in diffusers' order.
     *
     * @param part whose latents are needed; all parts of a plan come in order
     */
    StartingLatents start(Part part);

    @Override
    default void close() {}

    /**
     * Pictures that are drawn together.
     *
     * @param first the first of them, from 0
     * @param images how many
     * @param noise where the random numbers come from
     * @param sampler makes the steps
     * @param firstStep the walk's first one
     * @param channels of a latent
     * @param height of a latent
     * @param width of a latent
     */
    record Part(
            int first,
            int images,
            LatentNoise noise,
            Sampler sampler,
            int firstStep,
            int channels,
            int height,
            int width) {
        long[] shape() {
            return new long[] {channels, height, width};
        }

        /** Samples of some encoded pictures, which belong to the caller; the first picture is also the first generator. */
        INDArray encoded(EncodedPictures pictures, int from, int count) {
            return pictures.draw(from, count, drawn -> noise.nextEach(from, count, drawn));
        }
    }
}
