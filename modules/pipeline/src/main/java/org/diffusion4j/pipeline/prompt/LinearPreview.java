package org.diffusion4j.pipeline.prompt;

import org.diffusion4j.pipeline.Denoising;
import org.diffusion4j.pipeline.part.PictureCoder;
import org.diffusion4j.pipeline.part.Rows;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Previews with a pixel for each latent, whose colour is a linear function of the latent's numbers: what an autoencoder makes of
 * latents that are the same everywhere, near zero. It costs nothing while pictures are drawn. Where samples are pictures, it is
 * they.
 */
final class LinearPreview implements LatentPreview {
    /** So large that the borders of what is decoded count little. */
    private static final int SIZE = 8;

    private final double[] middle;
    /** For each colour, how much of it a number of the latent adds. */
    private final double[][] slopes;

    private LinearPreview(double[] middle, double[][] slopes) {
        this.middle = middle;
        this.slopes = slopes;
    }

    /** Asks a decoder what it makes of zeros, and of 1 and −1 in each channel. */
    static LinearPreview of(PictureCoder coder, int channels) {
        try (INDArray latents = Nd4j.zeros(2L * channels + 1, channels, SIZE, SIZE)) {
            for (int channel = 0; channel < channels; channel++) {
                latents.slice(2L * channel).slice(channel).assign(1);
                latents.slice(2L * channel + 1).slice(channel).assign(-1);
            }
            try (INDArray pictures = coder.decode(latents);
                    INDArray colours = pictures.mean(2, 3)) {
                double[] middle = new double[Math.toIntExact(colours.size(1))];
                double[][] slopes = new double[middle.length][channels];
                for (int colour = 0; colour < middle.length; colour++) {
                    middle[colour] = colours.getDouble(2L * channels, colour);
                    for (int channel = 0; channel < channels; channel++) {
                        slopes[colour][channel] =
                                (colours.getDouble(2L * channel, colour) - colours.getDouble(2L * channel + 1, colour))
                                        / 2;
                    }
                }
                return new LinearPreview(middle, slopes);
            }
        }
    }

    @Override
    public INDArray pictures(INDArray latents) {
        INDArray[] images = new INDArray[Math.toIntExact(latents.size(0))];
        for (int i = 0; i < images.length; i++) {
            INDArray latent = latents.slice(i);
            images[i] = Nd4j.create(1, middle.length, latents.size(2), latents.size(3));
            for (int colour = 0; colour < middle.length; colour++) {
                INDArray plane = images[i].slice(0).slice(colour).assign(middle[colour]);
                for (int channel = 0; channel < slopes[colour].length; channel++) {
                    INDArray part = latent.slice(channel).mul(slopes[colour][channel]);
                    plane.addi(part);
                    Denoising.free(part);
                }
            }
        }
        return Rows.joined(images);
    }
}
