package org.diffusion4j.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.graph.build.GivenParameters;
import org.diffusion4j.graph.build.Initial;
import org.diffusion4j.graph.build.InitialParameters;
import org.diffusion4j.graph.build.InitialWeight;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.Parameters;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.samediff.WeightSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.array.SingleThreadArrayHolder;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Builds a configuration's SameDiff graph: the network of Ronneberger et al. 2015 (arXiv:1505.04597) with the parts of Ho
 * et al. 2020 (arXiv:2006.11239) and later work. Its placeholders are {@value #SAMPLE} [N, C, H, W], {@value #TIMESTEP} [N]
 * and, if configured, {@value #CLASS_LABELS} ([N], int64; float for {@code class_embed_type} timestep; [N, timeEmbedDim]
 * for identity) and {@value #CONTEXT} [N, L, D]; its output is {@value #OUTPUT} [N, C', H, W]. Its variables have
 * diffusers' names.
 */
public final class UNetGraph {
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
    private DataType dataType = DataType.FLOAT;
    private long seed;
    private Map<String, ? extends WeightSource> weights;
    private boolean shared;
    private boolean training;
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
     * Sets the type of parameters and activations.
     *
     * @param dataType float or double
     * @return this
     */
    public UNetGraph dataType(DataType dataType) {
        if (dataType != DataType.FLOAT && dataType != DataType.DOUBLE) {
            throw new IllegalArgumentException("data type: expected FLOAT or DOUBLE, found " + dataType);
        }
        this.dataType = dataType;
        return this;
    }

    /**
     * Sets the seed of the initial weights, which are drawn from the same distributions as PyTorch's defaults.
     *
     * @param seed any number
     * @return this
     */
    public UNetGraph seed(long seed) {
        this.seed = seed;
        return this;
    }

    /**
     * Sets the weights, in place of initial ones. They are copied.
     *
     * @param weights every parameter under diffusers' name, as {@link UNetConfig#parameterShapes} lists them
     * @return this
     */
    public UNetGraph weights(Map<String, INDArray> weights) {
        Map<String, WeightSource> sources = new LinkedHashMap<>();
        weights.forEach((name, array) -> sources.put(name, WeightSource.of(array)));
        this.weights = sources;
        this.shared = false;
        return this;
    }

    /**
     * Sets the weights, in place of initial ones, without reading them: the graph knows their shapes, reads an array when it
     * is asked for it, and an engine reads them from their sources when it packs them.
     *
     * @param weights as for {@link #weights}, in float32; they stay as they are, and open, for as long as the graph or an
     *     engine of it is used
     * @return this
     */
    public UNetGraph sharedWeights(Map<String, ? extends WeightSource> weights) {
        this.weights = weights;
        this.shared = true;
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
        Map<String, WeightSource> weights = new LinkedHashMap<>();
        record(config, (name, initial, shape) -> weights.put(name, new InitialWeight(name, initial, seed, shape)));
        return Collections.unmodifiableMap(weights);
    }

    /**
     * Sets whether dropout is active and batch norm uses the batch's statistics. A graph with active dropout has one more
     * placeholder, {@value #DROPOUT_SEED} [N].
     *
     * @param training true for a graph to train with
     * @return this
     */
    public UNetGraph training(boolean training) {
        this.training = training;
        return this;
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

    /**
     * Builds the graph.
     *
     * @return a new graph
     * @throws IllegalArgumentException if the size is missing or impossible, or the weights don't fit; the message names the tensor
     */
    public SameDiff build() {
        SameDiff sd = SameDiff.create();
        // SameDiff's default array holders keep every array twice.
        sd.setArrayHolders(new SingleThreadArrayHolder(), new SingleThreadArrayHolder(), true);
        if (weights == null) {
            build(sd, new InitialParameters(sd, dataType, seed));
        } else {
            GivenParameters given = shared && dataType == DataType.FLOAT
                    ? GivenParameters.shared(sd, weights)
                    : GivenParameters.copied(sd, dataType, weights);
            build(sd, given);
            given.requireAllTaken();
        }
        return sd;
    }

    /** Each parameter's shape by diffusers' name. */
    static Map<String, long[]> parameterShapes(UNetConfig config) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        record(config, (name, initial, shape) -> shapes.put(name, shape));
        return Collections.unmodifiableMap(shapes);
    }

    private interface Recorder {
        void parameter(String name, Initial initial, long... shape);
    }

    /** Finds the parameters by building a graph whose parameters have no arrays. */
    private static void record(UNetConfig config, Recorder recorder) {
        SameDiff sd = SameDiff.create();
        // Placeholders need no memory, and no parameter's shape depends on the image's size.
        Parameters parameters = (name, initial, trainable, shape) -> {
            recorder.parameter(name, initial, shape);
            return sd.placeHolder(name, DataType.FLOAT, shape);
        };
        of(config).size(config.sizeMultiple(), config.sizeMultiple()).build(sd, parameters);
    }

    private void build(SameDiff sd, Parameters parameters) {
        if (size == null) {
            throw new IllegalArgumentException(
                    "sample_size: expected a size, found null; set one with size(height, width)");
        }
        Map<String, SDVariable> placeholders = new HashMap<>();
        for (NetworkTensor input : inputs(config, dataType, size.height(), size.width(), contextLength)) {
            placeholders.put(input.name(), sd.placeHolder(input.name(), input.dataType(), input.shape()));
        }
        SDVariable dropoutSeed =
                training && config.dropout() > 0 ? sd.placeHolder(DROPOUT_SEED, DataType.FLOAT, -1) : null;
        ParameterScope scope = new ParameterScope(parameters, "", training, dropoutSeed);
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
