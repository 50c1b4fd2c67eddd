package org.diffusion4j.graph;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.array.SingleThreadArrayHolder;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A configuration as a SameDiff graph: Ronneberger et al. 2015 (arXiv:1505.04597) with the parts of Ho et al. 2020
 * (arXiv:2006.11239) and after. Its placeholders are {@value #SAMPLE} [N, C, H, W], {@value #TIMESTEP} [N] and, where
 * configured, {@value #CLASS_LABELS} ([N], int64; float for {@code class_embed_type} timestep; [N, timeEmbedDim] for
 * identity) and {@value #CONTEXT} [N, L, D]; its output is {@value #OUTPUT} [N, C', H, W]. Its variables have
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
    /** What dropout's masks are drawn by: an integer below 2^24 for each image, another one at each step. */
    public static final String DROPOUT_SEED = "dropout_seed";
    /** What the network predicts. */
    public static final String OUTPUT = "out_sample";

    private final UNetConfig config;
    private SampleSize size;
    private DataType dataType = DataType.FLOAT;
    private long seed;
    private Map<String, INDArray> weights;
    private boolean training;
    private int contextLength = 77;

    private UNetGraph(UNetConfig config) {
        this.config = config;
        this.size = config.sampleSize();
    }

    /**
     * Begins a graph of that configuration.
     *
     * @param config the network's options
     * @return its size, type and weights may now be set
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
     * Sets the image size, where it isn't the configuration's.
     *
     * @param height a multiple of {@link UNetConfig#sizeMultiple()}
     * @param width likewise
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
     * Sets the seed of the initial weights, which are drawn as PyTorch's defaults are distributed.
     *
     * @param seed any number
     * @return this
     */
    public UNetGraph seed(long seed) {
        this.seed = seed;
        return this;
    }

    /**
     * Sets the weights, in place of initial ones; they are copied.
     *
     * @param weights every parameter under diffusers' name, as {@link #parameterShapes} lists them
     * @return this
     */
    public UNetGraph weights(Map<String, INDArray> weights) {
        this.weights = weights;
        return this;
    }

    /**
     * Sets whether dropout acts and batch norm takes the batch's statistics. A graph that drops has one more
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
     * @throws IllegalArgumentException if there is no size or an impossible one, or the weights don't fit; the message
     *     names the tensor
     */
    public SameDiff build() {
        SameDiff sd = SameDiff.create();
        // The holders that it comes with keep every array twice.
        sd.setArrayHolders(new SingleThreadArrayHolder(), new SingleThreadArrayHolder(), true);
        if (weights == null) {
            build(sd, new InitialParameters(sd, dataType, seed));
        } else {
            GivenParameters given = new GivenParameters(sd, dataType, weights);
            build(sd, given);
            given.requireAllTaken();
        }
        return sd;
    }

    /**
     * The parameters of a configuration, in the order of the data's way.
     *
     * @param config the network's options
     * @return each parameter's shape by diffusers' name
     */
    public static Map<String, long[]> parameterShapes(UNetConfig config) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        SameDiff sd = SameDiff.create();
        // Placeholders need no memory, and no parameter's shape depends on the image's size.
        Parameters recorder = (name, initial, trainable, shape) -> {
            shapes.put(name, shape);
            return sd.placeHolder(name, DataType.FLOAT, shape);
        };
        of(config).size(config.sizeMultiple(), config.sizeMultiple()).build(sd, recorder);
        return Collections.unmodifiableMap(shapes);
    }

    /**
     * How many numbers the parameters of a configuration are.
     *
     * @param config the network's options
     * @return the count; nothing of that size is made
     */
    public static long parameterCount(UNetConfig config) {
        return parameterShapes(config).values().stream()
                .mapToLong(shape -> Arrays.stream(shape).reduce(1, Math::multiplyExact))
                .reduce(0, Math::addExact);
    }

    private void build(SameDiff sd, Parameters parameters) {
        if (size == null) {
            throw new IllegalArgumentException(
                    "sample_size: expected a size, found null; set one with size(height, width)");
        }
        SDVariable sample = sd.placeHolder(SAMPLE, dataType, -1, config.inChannels(), size.height(), size.width());
        SDVariable timestep = sd.placeHolder(TIMESTEP, DataType.FLOAT, -1);
        SDVariable labels = config.wantsClassLabels() ? classLabels(sd) : null;
        SDVariable context = config.crossAttentionDim() == null
                ? null
                : sd.placeHolder(CONTEXT, dataType, -1, contextLength, config.crossAttentionDim());
        SDVariable dropoutSeed =
                training && config.dropout() > 0 ? sd.placeHolder(DROPOUT_SEED, DataType.FLOAT, -1) : null;
        ParameterScope scope = new ParameterScope(new SDDiffusion(sd), parameters, "", training, dropoutSeed);
        Features features = features(config, scope, dataType, size, sample, timestep, labels, context, contextLength);
        output(config, scope, features, timestep).rename(OUTPUT);
    }

    private SDVariable classLabels(SameDiff sd) {
        if (config.classEmbedType() == null) {
            return sd.placeHolder(CLASS_LABELS, DataType.INT64, -1);
        }
        return switch (config.classEmbedType()) {
            case TIMESTEP -> sd.placeHolder(CLASS_LABELS, DataType.FLOAT, -1);
            case IDENTITY -> sd.placeHolder(CLASS_LABELS, dataType, -1, config.timeEmbedDim());
        };
    }

    /**
     * Adds the network up to its last convolution to a graph that has the inputs and parameters already.
     *
     * @param config with a sample size, without skip blocks and cross-attention
     * @param sd the graph
     * @param parameters where the parameters are
     * @param sample [N, C, H, W]
     * @param timestep [N]
     * @param labels [N], int64; null if the network wants none
     * @return [N, blockOutChannels[0], H, W]
     */
    public static SDVariable features(
            UNetConfig config,
            SameDiff sd,
            Parameters parameters,
            SDVariable sample,
            SDVariable timestep,
            SDVariable labels) {
        ParameterScope scope = new ParameterScope(new SDDiffusion(sd), parameters, "", false, null);
        return features(config, scope, sample.dataType(), config.sampleSize(), sample, timestep, labels, null, 1)
                .hidden()
                .variable();
    }

    /**
     * What the network's last convolution gets.
     *
     * @param hidden [N, blockOutChannels[0], H, W]
     * @param image the output that FIR skip blocks have gathered, [N, C', H, W]; else null
     */
    record Features(ShapedVariable hidden, ShapedVariable image) {}

    /** Adds the network up to its last convolution to a graph. */
    static Features features(
            UNetConfig config,
            ParameterScope scope,
            DataType dataType,
            SampleSize size,
            SDVariable sampleVariable,
            SDVariable timestep,
            SDVariable labels,
            SDVariable contextVariable,
            int contextLength) {
        int multiple = config.sizeMultiple();
        if (size.height() % multiple != 0 || size.width() % multiple != 0) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "sample size: expected multiples of %d for %d levels, found %dx%d",
                    multiple,
                    config.levels(),
                    size.height(),
                    size.width()));
        }
        ShapedVariable sample =
                new ShapedVariable(sampleVariable, -1, config.inChannels(), size.height(), size.width());
        ShapedVariable context = contextVariable == null
                ? null
                : new ShapedVariable(contextVariable, -1, contextLength, config.crossAttentionDim());
        if (config.centerInputSample()) {
            sample = sample.with(sample.variable().mul(2.0).sub(1.0));
        }

        // embedding
        ShapedVariable embedding = TimestepEmbedding.apply(config, scope, timestep, labels, dataType);

        // down
        Deque<ShapedVariable> skips = new ArrayDeque<>();
        ShapedVariable x =
                scope.conv2d("conv_in", sample, config.blockOutChannels().get(0), 3);
        ShapedVariable image = sample;
        skips.push(x);
        for (int level = 0; level < config.levels(); level++) { // [N, channels(level), H >> level, W >> level]
            ParameterScope block = scope.child("down_blocks." + level);
            if (config.downBlockTypes().get(level).isSkip()) {
                var result = SkipDownBlock.apply(config, block, level, x, embedding, context, image, skips);
                x = result.hidden();
                image = result.image();
            } else {
                x = DownBlock.apply(config, block, level, x, embedding, context, skips);
            }
        }

        // middle
        if (config.midBlockType() != null) {
            x = MidBlock.apply(config, scope.child("mid_block"), x, embedding, context);
        }

        // up
        image = null;
        for (int index = 0; index < config.levels(); index++) {
            ParameterScope block = scope.child("up_blocks." + index);
            if (config.upBlockTypes().get(index).isSkip()) {
                var result = SkipUpBlock.apply(config, block, index, x, embedding, context, image, skips);
                x = result.hidden();
                image = result.image();
            } else {
                x = UpBlock.apply(config, block, index, x, embedding, context, skips);
            }
        }

        int first = config.blockOutChannels().get(0);
        int groups = config.normNumGroups() != null ? config.normNumGroups() : UNetConfig.skipBlockGroups(first);
        x = scope.norm("conv_norm_out", x, config.normType(), groups, config.normEps());
        return new Features(scope.ops().silu(x), image);
    }

    private static SDVariable output(UNetConfig config, ParameterScope scope, Features features, SDVariable timestep) {
        SDVariable out = scope.conv2d("conv_out", features.hidden(), config.outChannels(), config.convOutKernel())
                .variable();
        if (features.image() != null) {
            out = out.add(features.image().variable());
        }
        if (config.timeEmbeddingType() == TimeEmbeddingType.FOURIER) {
            SameDiff sd = scope.ops().sameDiff();
            out = out.div(sd.castTo(timestep, out.dataType()).reshape(-1, 1, 1, 1));
        }
        return out;
    }
}
