package org.diffusion4j.graph.vae;

import java.util.Map;
import org.diffusion4j.graph.NetworkGraph;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.samediff.WeightSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Builds the SameDiff graph of a tiny autoencoder's encoder, decoder or both. The encoder's placeholder is {@value #SAMPLE} [N,
 * C, H, W] and its output {@value #ENCODED} [N, L, h, w], where each level but the first halves the size and rounds up. The
 * decoder's placeholder is {@value #LATENT} [N, L, h, w] and its output {@value #DECODED} [N, C', H', W']. Its variables have
 * diffusers' names.
 */
public final class AutoencoderTinyGraph extends NetworkGraph<AutoencoderTinyGraph> {
    /** The pictures to encode. */
    public static final String SAMPLE = "sample";
    /** The latents of the pictures. */
    public static final String ENCODED = "latents";
    /** The latents to decode. */
    public static final String LATENT = "latent_sample";
    /** The decoded pictures. */
    public static final String DECODED = "decoded_sample";

    private final AutoencoderTinyConfig config;
    private final AutoencoderPart part;
    private SampleSize size = SampleSize.square(512);
    private SampleSize latentSize = SampleSize.square(64);

    private AutoencoderTinyGraph(AutoencoderTinyConfig config, AutoencoderPart part) {
        this.config = config;
        this.part = part;
    }

    /**
     * Begins a graph of a configuration.
     *
     * @param config the autoencoder's options
     * @param part what the graph has
     * @return a builder, whose sizes, type and weights may now be set
     */
    public static AutoencoderTinyGraph of(AutoencoderTinyConfig config, AutoencoderPart part) {
        return new AutoencoderTinyGraph(config, part);
    }

    /**
     * Sets the size of the pictures to encode, if it isn't 512 × 512.
     *
     * @param height at least 1
     * @param width at least 1
     * @return this
     */
    public AutoencoderTinyGraph size(int height, int width) {
        this.size = new SampleSize(height, width);
        return this;
    }

    /**
     * Sets the size of the latents to decode, if it isn't 64 × 64.
     *
     * @param height at least 1
     * @param width at least 1
     * @return this
     */
    public AutoencoderTinyGraph latentSize(int height, int width) {
        this.latentSize = new SampleSize(height, width);
        return this;
    }

    /** {@inheritDoc} Those of the other part of the autoencoder, if the graph doesn't have it, are left out. */
    @Override
    public AutoencoderTinyGraph weights(Map<String, INDArray> weights) {
        return super.weights(part.of(weights));
    }

    /** {@inheritDoc} Those of the other part of the autoencoder, if the graph doesn't have it, are left out. */
    @Override
    public AutoencoderTinyGraph sharedWeights(Map<String, ? extends WeightSource> weights) {
        return super.sharedWeights(part.of(weights));
    }

    /** Each parameter's shape by diffusers' name; none depends on the pictures' size. */
    static Map<String, long[]> parameterShapes(AutoencoderTinyConfig config) {
        return of(config, AutoencoderPart.BOTH).size(1, 1).latentSize(1, 1).parameterShapes();
    }

    @Override
    protected AutoencoderTinyGraph self() {
        return this;
    }

    @Override
    protected void addTo(SameDiff sd, ParameterScope scope) {
        AutoencoderTinyLayers layers = new AutoencoderTinyLayers(config, scope);
        if (part.encodes()) {
            layers.encoded(placeholder(sd, SAMPLE, config.inChannels(), size))
                    .variable()
                    .rename(ENCODED);
        }
        if (part.decodes()) {
            layers.decoded(placeholder(sd, LATENT, config.latentChannels(), latentSize))
                    .variable()
                    .rename(DECODED);
        }
    }

    private ShapedVariable placeholder(SameDiff sd, String name, int channels, SampleSize given) {
        long[] shape = {-1, channels, given.height(), given.width()};
        return new ShapedVariable(sd.placeHolder(name, dataType(), shape), shape);
    }
}
