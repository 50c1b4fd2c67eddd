package org.diffusion4j.pipeline.part;

import org.diffusion4j.graph.vae.AutoencoderKLConfig;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The latents of a pipeline's autoencoder: Rombach et al. 2022 (arXiv:2112.10752).
 *
 * @param parts the pipeline's parts
 * @param config the autoencoder's options
 */
public record LatentSpace(PipelineParts parts, AutoencoderKLConfig config) implements SampleSpace {
    @Override
    public int channels() {
        return config.latentChannels();
    }

    @Override
    public int colours() {
        return config.inChannels();
    }

    @Override
    public int factor() {
        return config.sizeFactor();
    }

    @Override
    public String origin() {
        return "the autoencoder";
    }

    @Override
    public PictureCoder open(GraphOpener opener, GraphOpener exact) {
        Component<AutoencoderKLConfig> component = parts.network(PipelineFolder.VAE, AutoencoderKLConfig.class);
        GraphOpener own = config.forceUpcast() ? exact : opener;
        return new Coder(component, new Autoencoder(config, component.tensors(), own).sliced());
    }

    private record Coder(Component<?> component, Autoencoder autoencoder) implements PictureCoder {
        @Override
        public EncodedPictures encode(INDArray pictures) {
            return new EncodedLatents(autoencoder.encode(pictures), autoencoder.scale());
        }

        @Override
        public INDArray decode(INDArray samples) {
            try (INDArray unscaled = autoencoder.scale().unscaled(samples)) {
                return autoencoder.decode(unscaled);
            }
        }

        @Override
        public void close() {
            component.close();
        }
    }
}
