package org.diffusion4j.pipeline.prompt;

import org.diffusion4j.pipeline.Denoising;
import org.diffusion4j.pipeline.part.LatentDistribution;
import org.diffusion4j.pipeline.part.LatentScale;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What an autoencoder knows of pictures, from which latents are drawn.
 *
 * @param distribution of each picture's latents; this owns it
 * @param scale how they become those of the network
 */
record EncodedPictures(LatentDistribution distribution, LatentScale scale) implements AutoCloseable {
    /** How many pictures there are. */
    int count() {
        return Math.toIntExact(distribution.mean().size(0));
    }

    /**
     * Draws latents of each picture: [N, L, h, w], which belong to the caller.
     *
     * @param first the first picture, which is also the first generator
     */
    INDArray draw(LatentNoise noise, int first, int images) {
        INDArray mean = Rows.ofPictures(distribution.mean(), first, images);
        INDArray logvar = Rows.ofPictures(distribution.logvar(), first, images);
        INDArray drawn = noise.nextEach(first, images, mean.size(1), mean.size(2), mean.size(3));
        INDArray latents = new LatentDistribution(mean, logvar).sample(drawn);
        try {
            return scale.scaled(latents);
        } finally {
            Denoising.free(mean);
            Denoising.free(logvar);
            Denoising.free(drawn);
            Denoising.free(latents);
        }
    }

    @Override
    public void close() {
        Denoising.free(distribution.mean());
        Denoising.free(distribution.logvar());
    }
}
