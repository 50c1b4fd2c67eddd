package org.diffusion4j.graph.vae;

import java.util.Locale;
import java.util.Map;
import org.diffusion4j.graph.NetworkGraph;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.samediff.WeightSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Builds the SameDiff graph of an autoencoder's encoder, decoder or both. The encoder's placeholder is {@value #SAMPLE} [N, C,
 * H, W] and its output {@value #MOMENTS} [N, 2L, H / factor, W / factor]: means, then logarithms of variances. The decoder's
 * placeholder is {@value #LATENT} [N, L, h, w] and its output {@value #DECODED} [N, C', h·factor, w·factor]. The outputs of
 * their modules have these modules' names, such as {@code decoder.mid_block}. Its variables have diffusers' names.
 */
public final class AutoencoderKLGraph extends NetworkGraph<AutoencoderKLGraph> {
    /** The pictures to encode. */
    public static final String SAMPLE = "sample";
    /** Means and logarithms of variances of the pictures' latents. */
    public static final String MOMENTS = "moments";
    /** The latents to decode. */
    public static final String LATENT = "latent_sample";
    /** The decoded pictures. */
    public static final String DECODED = "decoded_sample";

    private final AutoencoderKLConfig config;
    private final AutoencoderPart part;
    private SampleSize size;
    private SampleSize latentSize;

    private AutoencoderKLGraph(AutoencoderKLConfig config, AutoencoderPart part) {
        this.config = config;
        this.part = part;
        this.size = config.sampleSize();
        this.latentSize = latentSize(config);
    }

    /** The size of a latent of a picture of the configuration's size. */
    private static SampleSize latentSize(AutoencoderKLConfig config) {
        int factor = config.sizeFactor();
        return new SampleSize(
                Math.max(1, config.sampleSize().height() / factor),
                Math.max(1, config.sampleSize().width() / factor));
    }

    /**
     * Begins a graph of a configuration.
     *
     * @param config the autoencoder's options
     * @param part what the graph has
     * @return a builder, whose sizes, type and weights may now be set
     */
    public static AutoencoderKLGraph of(AutoencoderKLConfig config, AutoencoderPart part) {
        return new AutoencoderKLGraph(config, part);
    }

    /**
     * Sets the size of the pictures to encode, if it isn't the configuration's.
     *
     * @param height at least {@link AutoencoderKLConfig#sizeFactor()}; what is left over at the bottom has no effect
     * @param width as for the height
     * @return this
     */
    public AutoencoderKLGraph size(int height, int width) {
        this.size = new SampleSize(height, width);
        return this;
    }

    /**
     * Sets the size of the latents to decode, if it isn't that of pictures of the configuration's size.
     *
     * @param height at least 1
     * @param width at least 1
     * @return this
     */
    public AutoencoderKLGraph latentSize(int height, int width) {
        this.latentSize = new SampleSize(height, width);
        return this;
    }

    /** {@inheritDoc} Those of the other part of the autoencoder, if the graph doesn't have it, are left out. */
    @Override
    public AutoencoderKLGraph weights(Map<String, INDArray> weights) {
        return super.weights(part.of(weights));
    }

    /** {@inheritDoc} Those of the other part of the autoencoder, if the graph doesn't have it, are left out. */
    @Override
    public AutoencoderKLGraph sharedWeights(Map<String, ? extends WeightSource> weights) {
        return super.sharedWeights(part.of(weights));
    }

    /** Each parameter's shape by diffusers' name; none depends on the pictures' size. */
    static Map<String, long[]> parameterShapes(AutoencoderKLConfig config) {
        return of(config, AutoencoderPart.BOTH)
                .size(config.sizeFactor(), config.sizeFactor())
                .latentSize(1, 1)
                .parameterShapes();
    }

    @Override
    protected AutoencoderKLGraph self() {
        return this;
    }

    @Override
    protected void addTo(SameDiff sd, ParameterScope scope) {
        AutoencoderKLLayers layers = new AutoencoderKLLayers(config, scope);
        if (part.encodes()) {
            layers.encoded(placeholder(sd, SAMPLE, config.inChannels(), checked(size)))
                    .variable()
                    .rename(MOMENTS);
        }
        if (part.decodes()) {
            layers.decoded(placeholder(sd, LATENT, config.latentChannels(), latentSize))
                    .variable()
                    .rename(DECODED);
        }
    }

    private ShapedVariable placeholder(SameDiff sd, String name, int channels, SampleSize size) {
        long[] shape = {-1, channels, size.height(), size.width()};
        return new ShapedVariable(sd.placeHolder(name, dataType(), shape), shape);
    }

    private SampleSize checked(SampleSize picture) {
        int least = config.sizeFactor();
        if (picture.height() < least || picture.width() < least) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "sample size: expected at least %dx%d for %d levels, found %dx%d",
                    least,
                    least,
                    config.blockOutChannels().size(),
                    picture.height(),
                    picture.width()));
        }
        return picture;
    }
}
