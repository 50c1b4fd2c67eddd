package org.diffusion4j.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.Parameters;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.samediff.WeightSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Builds a configuration's SameDiff graph: the network of Ronneberger et al. 2015 (arXiv:1505.04597) with the parts of Ho
 * et al. 2020 (arXiv:2006.11239) and later work. Its placeholders are {@value #SAMPLE} [N, C, H, W], {@value #TIMESTEP} [N]
 * and, if configured, {@value #CLASS_LABELS} ([N], int64; float for {@code class_embed_type} timestep; [N, timeEmbedDim]
 * for identity) and {@value #CONTEXT} [N, L, D]; its output is {@value #OUTPUT} [N, C', H, W]. A graph to train with, whose
 * dropout is active, has one more placeholder, {@value #DROPOUT_SEED} [N]. Its variables have diffusers' names.
 */
public final class UNetGraph extends NetworkGraph<UNetGraph> {
    /** The noisy images. */
    public static final String SAMPLE = "sample";
    /** The timestep of each image. */
    public static final String TIMESTEP = "timestep";
    /** The class of each image. */
    public static final String CLASS_LABELS = "class_labels";
    /** The sequence that cross-attention looks at. */
    public static final String CONTEXT = "encoder_hidden_states";
    /** The seeds of the dropout masks: an integer below 2^24 per image, a new one at each step. */
    public static final String DROPOUT_SEED = "dropout_seed";
    /** What the network predicts. */
    public static final String OUTPUT = "out_sample";

    private final UNetConfig config;
    private SampleSize size;
    private int contextLength = 77;

    private UNetGraph(UNetConfig config) {
        this.config = config;
        this.size = config.sampleSize();
    }

    /**
     * Begins a graph of a configuration.
     *
     * @param config the network's options
     * @return a builder, whose size, type and weights may now be set
     */
    public static UNetGraph of(UNetConfig config) {
        return new UNetGraph(config);
    }

    /**
     * The graph in float32 with initial weights of seed 0, at the configuration's own size.
     *
     * @param config the network's options, with a sample size
     * @return the graph
     */
    public static SameDiff build(UNetConfig config) {
        return of(config).build();
    }

    /**
     * Sets the image size, if it isn't the configuration's.
     *
     * @param height a multiple of {@link UNetConfig#sizeMultiple()}
     * @param width a multiple of {@link UNetConfig#sizeMultiple()}
     * @return this
     */
    public UNetGraph size(int height, int width) {
        this.size = new SampleSize(height, width);
        return this;
    }

    /**
     * A network's initial weights, each of which is drawn when it is needed.
     *
     * @param config the network's options
     * @param seed any number
     * @return the sources by diffusers' name, for {@link #sharedWeights}
     */
    public static Map<String, WeightSource> initialWeights(UNetConfig config, long seed) {
        return smallest(config).initialWeights(seed);
    }

    /**
     * Sets the length of the sequence that cross-attention looks at.
     *
     * @param length at least 1; 77 (CLIP's) if it isn't set
     * @return this
     */
    public UNetGraph contextLength(int length) {
        this.contextLength = length;
        return this;
    }

    /** Each parameter's shape by diffusers' name. */
    static Map<String, long[]> parameterShapes(UNetConfig config) {
        return smallest(config).parameterShapes();
    }

    /** A graph of the smallest size: no parameter's shape depends on the image's size. */
    private static UNetGraph smallest(UNetConfig config) {
        return of(config).size(config.sizeMultiple(), config.sizeMultiple());
    }

    @Override
    protected UNetGraph self() {
        return this;
    }

    @Override
    protected void addTo(SameDiff sd, ParameterScope given) {
        if (size == null) {
            throw new IllegalArgumentException(
                    "sample_size: expected a size, found null; set one with size(height, width)");
        }
        Map<String, SDVariable> placeholders = new HashMap<>();
        for (NetworkTensor input : inputs(config, dataType(), size.height(), size.width(), contextLength)) {
            placeholders.put(input.name(), sd.placeHolder(input.name(), input.dataType(), input.shape()));
        }
        SDVariable dropoutSeed =
                given.training() && config.dropout() > 0 ? sd.placeHolder(DROPOUT_SEED, DataType.FLOAT, -1) : null;
        ParameterScope scope = given.withDropout(dropoutSeed);
        SDVariable context = placeholders.get(CONTEXT);
        UNetInputs inputs = new UNetInputs(
                shaped(placeholders.get(SAMPLE), config, size),
                placeholders.get(TIMESTEP),
                placeholders.get(CLASS_LABELS),
                context == null ? null : new ShapedVariable(context, -1, contextLength, config.crossAttentionDim()));
        new UNetLayers(config, scope).output(inputs).rename(OUTPUT);
    }

    private static ShapedVariable shaped(SDVariable sample, UNetConfig config, SampleSize size) {
        return new ShapedVariable(sample, -1, config.inChannels(), size.height(), size.width());
    }

    /** The inputs of a graph of that type and size; -1 stands for any height, width or length. */
    static List<NetworkTensor> inputs(
            UNetConfig config, DataType dataType, long height, long width, long contextLength) {
        List<NetworkTensor> inputs = new ArrayList<>();
        inputs.add(new NetworkTensor(SAMPLE, dataType, -1, config.inChannels(), height, width));
        inputs.add(new NetworkTensor(TIMESTEP, DataType.FLOAT, -1));
        if (config.classEmbedType() != null) {
            inputs.add(
                    switch (config.classEmbedType()) {
                        case TIMESTEP -> new NetworkTensor(CLASS_LABELS, DataType.FLOAT, -1);
                        case IDENTITY -> new NetworkTensor(CLASS_LABELS, dataType, -1, config.timeEmbedDim());
                    });
        } else if (config.numClassEmbeds() != null) {
            inputs.add(new NetworkTensor(CLASS_LABELS, DataType.INT64, -1));
        }
        if (config.crossAttentionDim() != null) {
            inputs.add(new NetworkTensor(CONTEXT, dataType, -1, contextLength, config.crossAttentionDim()));
        }
        return List.copyOf(inputs);
    }

    /**
     * Adds the network up to (but without) its last convolution to a graph that already has the inputs and parameters.
     *
     * @param config with a sample size, without skip blocks and cross-attention
     * @param parameters where the parameters come from
     * @param sample [N, C, H, W]
     * @param timestep [N]
     * @param labels [N], int64; null if the network wants none
     * @return [N, blockOutChannels[0], H, W]
     */
    public static SDVariable features(
            UNetConfig config, Parameters parameters, SDVariable sample, SDVariable timestep, SDVariable labels) {
        UNetInputs inputs = new UNetInputs(shaped(sample, config, config.sampleSize()), timestep, labels, null);
        return new UNetLayers(config, new ParameterScope(parameters, "", false, null))
                .features(inputs)
                .hidden()
                .variable();
    }
}
