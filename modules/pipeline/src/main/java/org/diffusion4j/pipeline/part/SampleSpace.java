package org.diffusion4j.pipeline.part;

import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.graph.vae.AutoencoderKLConfig;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.PipelineParts;

/** What the network of a pipeline denoises: the latents of an autoencoder, or pictures themselves. */
public sealed interface SampleSpace permits LatentSpace, PixelSpace {
    /**
     * The space of a pipeline: of latents if it has an autoencoder. No weights are read.
     *
     * @param parts the pipeline's parts
     * @return the space
     * @throws Diffusion4jException if there is none, and the network's samples aren't grey or colour pictures
     */
    static SampleSpace of(PipelineParts parts) {
        if (parts.has(PipelineFolder.VAE)) {
            return new LatentSpace(parts, parts.config(PipelineFolder.VAE, AutoencoderKLConfig.class));
        }
        int channels =
                parts.config(PipelineFolder.UNET, UNet2DConditionConfig.class).outChannels();
        if (channels != 1 && channels != 3) {
            throw new Diffusion4jException(parts.configFile(PipelineFolder.UNET)
                    + ", out_channels: expected 1 or 3, since without an autoencoder it draws pictures, found "
                    + channels);
        }
        return new PixelSpace(channels);
    }

    /**
     * The channels of a sample.
     *
     * @return at least 1
     */
    int channels();

    /**
     * The channels of a picture.
     *
     * @return 3, or 1 if the pictures are grey
     */
    int colours();

    /**
     * How many pixels a number of a sample stands for in each direction.
     *
     * @return a power of two; 1 for pictures themselves
     */
    int factor();

    /**
     * What a sample is, for messages.
     *
     * @return such as "the autoencoder"
     */
    String origin();

    /**
     * The size of the samples of pictures.
     *
     * @param pictures the pictures' size, of multiples of the factor
     * @return the samples' size
     */
    default SampleSize sampleSize(SampleSize pictures) {
        return new SampleSize(pictures.height() / factor(), pictures.width() / factor());
    }

    /**
     * The size of the pictures of samples.
     *
     * @param samples the samples' size
     * @return the pictures' size
     */
    default SampleSize pictureSize(SampleSize samples) {
        return new SampleSize(samples.height() * factor(), samples.width() * factor());
    }

    /**
     * Opens what encodes and decodes; it may have weights open until it is closed, but no memory for them.
     *
     * @param opener opens the engines
     * @param exact opens engines that compute in float32, which some networks need
     * @return the coder, which the caller closes
     * @throws Diffusion4jException if the weights can't be read or don't fit
     */
    PictureCoder open(GraphOpener opener, GraphOpener exact);
}
