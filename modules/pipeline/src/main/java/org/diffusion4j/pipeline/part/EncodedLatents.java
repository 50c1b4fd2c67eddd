package org.diffusion4j.pipeline.part;

import java.util.function.Function;
import org.diffusion4j.pipeline.Denoising;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What an autoencoder knows of pictures, from which latents are drawn.
 *
 * @param distribution of each picture's latents; this owns it
 * @param scale how they become those of the network
 */
record EncodedLatents(LatentDistribution distribution, LatentScale scale) implements EncodedPictures {
    @Override
    public int count() {
        return Math.toIntExact(distribution.mean().size(0));
    }

    @Override
    public INDArray draw(int first, int images, Function<long[], INDArray> noise) {
        INDArray mean = Rows.ofPictures(distribution.mean(), first, images);
        INDArray logvar = Rows.ofPictures(distribution.logvar(), first, images);
        INDArray drawn = noise.apply(new long[] {mean.size(1), mean.size(2), mean.size(3)});
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
