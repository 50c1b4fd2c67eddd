package org.diffusion4j.pipeline.part;

import java.util.List;
import java.util.Map;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.GraphEngine;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.graph.vae.AutoencoderPart;
import org.diffusion4j.graph.vae.AutoencoderTinyConfig;
import org.diffusion4j.graph.vae.AutoencoderTinyGraph;
import org.diffusion4j.samediff.WeightSource;
import org.diffusion4j.weights.diffusers.Component;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A tiny autoencoder that is ready to run, such as TAESD: less exact than an {@link Autoencoder} and many times faster, as
 * previews need it. Each call opens an engine for the size at hand and closes it. It has no state, so threads may share it.
 */
public final class TinyAutoencoder {
    private final AutoencoderTinyConfig config;
    private final Map<String, ? extends WeightSource> weights;
    private final GraphOpener opener;

    /**
     * Makes a tiny autoencoder.
     *
     * @param config its options
     * @param weights its parameters by diffusers' names, which stay open for as long as this is used
     * @param opener opens its engines, one at a time
     */
    public TinyAutoencoder(
            AutoencoderTinyConfig config, Map<String, ? extends WeightSource> weights, GraphOpener opener) {
        this.config = config;
        this.weights = weights;
        this.opener = opener;
    }

    /**
     * The tiny autoencoder of a folder.
     *
     * @param component its options and weights, which stay open for as long as this is used
     * @param kind the kind of engine
     * @param threads the number of threads that compute, at least 1
     * @param precision the type of the numbers that are multiplied
     * @return the autoencoder
     */
    public static TinyAutoencoder of(
            Component<AutoencoderTinyConfig> component, EngineKind kind, int threads, Precision precision) {
        return new TinyAutoencoder(component.config(), component.tensors(), GraphOpener.of(kind, threads, precision));
    }

    /**
     * The autoencoder's options.
     *
     * @return its configuration
     */
    public AutoencoderTinyConfig config() {
        return config;
    }

    /**
     * How its latents become those of a diffusion model.
     *
     * @return the configuration's scale
     */
    public LatentScale scale() {
        return LatentScale.of(config);
    }

    /**
     * Encodes pictures.
     *
     * @param images [N, C, H, W] in [-1, 1]
     * @return latents, unscaled, [N, L, h, w], which belong to the caller
     */
    public INDArray encode(INDArray images) {
        AutoencoderTinyGraph graph = AutoencoderTinyGraph.of(config, AutoencoderPart.ENCODER)
                .size(Math.toIntExact(images.size(2)), Math.toIntExact(images.size(3)));
        return run(graph, AutoencoderTinyGraph.SAMPLE, images, AutoencoderTinyGraph.ENCODED);
    }

    /**
     * Decodes latents.
     *
     * @param latents unscaled, [N, L, h, w]
     * @return pictures in about [-1, 1], [N, C', H', W'], which belong to the caller
     */
    public INDArray decode(INDArray latents) {
        AutoencoderTinyGraph graph = AutoencoderTinyGraph.of(config, AutoencoderPart.DECODER)
                .latentSize(Math.toIntExact(latents.size(2)), Math.toIntExact(latents.size(3)));
        return run(graph, AutoencoderTinyGraph.LATENT, latents, AutoencoderTinyGraph.DECODED);
    }

    private INDArray run(AutoencoderTinyGraph graph, String input, INDArray batch, String output) {
        try (GraphEngine engine = opener.open(graph.sharedWeights(weights).build(), List.of(output))) {
            return engine.run(Map.of(input, batch)).get(output);
        }
    }
}
