package org.diffusion4j.pipeline.part;

import java.util.List;
import org.diffusion4j.graph.vae.AutoencoderKLConfig;
import org.diffusion4j.graph.vae.AutoencoderTinyConfig;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * How an autoencoder's latents become those that a diffusion model sees, which are to have a mean near 0 and a variance near
 * 1: Rombach et al. 2022 (arXiv:2112.10752), section D.1.
 *
 * @param factor what latents are multiplied by
 * @param shift what is subtracted before; 0 for nothing
 * @param mean what is subtracted from each channel before; empty for nothing
 * @param std what each channel is divided by; empty for nothing
 */
public record LatentScale(double factor, double shift, List<Double> mean, List<Double> std) {
    /** Keeps copies of the lists. */
    public LatentScale {
        mean = List.copyOf(mean);
        std = List.copyOf(std);
    }

    /**
     * The scale that an autoencoder's configuration has. Where it has numbers for each channel, the shift isn't used.
     *
     * @param config the autoencoder's options
     * @return its scale
     */
    public static LatentScale of(AutoencoderKLConfig config) {
        return config.latentsMean() != null
                ? new LatentScale(config.scalingFactor(), 0, config.latentsMean(), config.latentsStd())
                : new LatentScale(
                        config.scalingFactor(),
                        config.shiftFactor() == null ? 0 : config.shiftFactor(),
                        List.of(),
                        List.of());
    }

    /**
     * The scale that a tiny autoencoder's configuration has.
     *
     * @param config the autoencoder's options
     * @return its scale
     */
    public static LatentScale of(AutoencoderTinyConfig config) {
        return new LatentScale(config.scalingFactor(), config.shiftFactor(), List.of(), List.of());
    }

    /**
     * Scales latents for a diffusion model.
     *
     * @param latents as the encoder's distribution gives them, [N, L, h, w]
     * @return a new array
     */
    public INDArray scaled(INDArray latents) {
        if (mean.isEmpty()) {
            return (shift == 0 ? latents.dup('c') : latents.sub(shift)).muli(factor);
        }
        return latents.sub(perChannel(mean)).muli(factor).divi(perChannel(std));
    }

    /**
     * Undoes {@link #scaled}.
     *
     * @param latents as a diffusion model has them, [N, L, h, w]
     * @return a new array, which the decoder takes
     */
    public INDArray unscaled(INDArray latents) {
        if (mean.isEmpty()) {
            INDArray large = latents.div(factor);
            return shift == 0 ? large : large.addi(shift);
        }
        return latents.mul(perChannel(std)).divi(factor).addi(perChannel(mean));
    }

    private static INDArray perChannel(List<Double> numbers) {
        float[] floats = new float[numbers.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = numbers.get(i).floatValue();
        }
        return Nd4j.createFromArray(floats).reshape(1, floats.length, 1, 1);
    }
}
