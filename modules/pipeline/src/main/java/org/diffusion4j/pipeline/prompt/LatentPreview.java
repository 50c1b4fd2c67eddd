package org.diffusion4j.pipeline.prompt;

import org.diffusion4j.pipeline.Denoising;
import org.diffusion4j.pipeline.part.TinyAutoencoder;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Makes pictures of latents that are good enough to be looked at while they are drawn. */
@FunctionalInterface
public interface LatentPreview {
    /**
     * Makes pictures.
     *
     * @param latents as the denoising network has them, [N, L, h, w]
     * @return pictures of any size in about [-1, 1], [N, 3, H, W] or grey ones, [N, 1, H, W], which belong to the caller
     */
    INDArray pictures(INDArray latents);

    /**
     * Previews by a tiny autoencoder that was made for the same latents.
     *
     * @param autoencoder the autoencoder, which stays open for as long as the previews are used
     * @return the previews
     */
    static LatentPreview of(TinyAutoencoder autoencoder) {
        return latents -> {
            INDArray unscaled = autoencoder.scale().unscaled(latents);
            try {
                return autoencoder.decode(unscaled);
            } finally {
                Denoising.free(unscaled);
            }
        };
    }
}
