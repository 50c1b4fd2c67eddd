package org.diffusion4j.zoo;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.zoo.ZooModel;
import org.deeplearning4j.zoo.ZooType;
import org.diffusion4j.graph.NetworkTensor;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.samediff.WeightSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/**
 * An entry of Deeplearning4j's zoo whose network is a diffusion U-Net for pictures. {@link #init} gives a {@link
 * ComputationGraph} with inputs {@code sample} [N, C, H, W], {@code timestep} [N, 1] and, if the network has classes, {@code
 * class_labels} [N, 1]. It predicts the noise or the velocity, [N, C, H, W], as the model's noise scheduler says. {@link
 * #unet()} gives the plain SameDiff graph.
 */
public abstract class UNetZooModel extends ZooModel<ComputationGraph> {
    private final String name;
    private final IUpdater updater;
    private final long seed;
    private int[] inputShape;

    /**
     * Makes an entry.
     *
     * @param name the model's name
     * @param options the options of its networks
     */
    protected UNetZooModel(String name, Builder<?> options) {
        this.name = name;
        this.seed = options.seed;
        this.updater = options.updater;
        this.inputShape = options.inputShape;
    }

    /**
     * Collects an entry's options.
     *
     * @param <M> the entry
     */
    public static final class Builder<M extends UNetZooModel> {
        private final Function<Builder<M>, M> entry;
        private long seed;
        private int[] inputShape;
        private IUpdater updater = new Adam(1e-4);

        /**
         * A builder without options.
         *
         * @param entry makes the entry from the options
         */
        Builder(Function<Builder<M>, M> entry) {
            this.entry = entry;
        }

        /**
         * Sets the seed of the initial weights.
         *
         * @param seed any number; 0 if it isn't set
         * @return this
         */
        public Builder<M> seed(long seed) {
            this.seed = seed;
            return this;
        }

        /**
         * Sets the shape of a sample.
         *
         * @param inputShape [C, H, W]: the model's channels, and multiples of its {@link UNetConfig#sizeMultiple}; the
         *     model's own if it isn't set
         * @return this
         */
        public Builder<M> inputShape(int... inputShape) {
            this.inputShape = inputShape.clone();
            return this;
        }

        /**
         * Sets what updates the weights in {@code fit}.
         *
         * @param updater Adam with a rate of 1e-4 if it isn't set
         * @return this
         */
        public Builder<M> updater(IUpdater updater) {
            this.updater = updater;
            return this;
        }

        /**
         * Builds the entry.
         *
         * @return a zoo model
         * @throws IllegalArgumentException if the input shape doesn't fit the network
         */
        public M build() {
            return entry.apply(this);
        }
    }

    /**
     * Says in a few words what the model draws.
     *
     * @return one line
     */
    public abstract String description();

    /**
     * The network's options as the model was trained.
     *
     * @return the configuration, with a sample size
     */
    protected abstract UNetConfig trainedConfig();

    /**
     * The network's options for this entry's input shape.
     *
     * @return the configuration
     */
    public UNetConfig config() {
        UNetConfig own = trainedConfig();
        return inputShape == null
                ? own
                : own.toBuilder()
                        .sampleSize(new SampleSize(inputShape[1], inputShape[2]))
                        .build();
    }

    /** Refuses an input shape that doesn't fit the network. The entries' constructors call this at their end. */
    final void checkInputShape() {
        if (inputShape == null) {
            return;
        }
        int channels = trainedConfig().inChannels();
        int multiple = trainedConfig().sizeMultiple();
        if (inputShape.length != 3
                || inputShape[0] != channels
                || inputShape[1] < 1
                || inputShape[2] < 1
                || inputShape[1] % multiple != 0
                || inputShape[2] % multiple != 0) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "input shape: expected [%d, H, W] with multiples of %d, found %s",
                    channels,
                    multiple,
                    Arrays.toString(inputShape)));
        }
    }

    /**
     * The network as a plain SameDiff graph, which belongs to the caller.
     *
     * @return a graph with placeholders {@code sample}, {@code timestep} and, if the network has classes, {@code
     *     class_labels}, and output {@code out_sample}
     */
    public abstract SameDiff unet();

    /**
     * The network with initial weights.
     *
     * @return a ComputationGraph to train
     * @param <M> ComputationGraph
     */
    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the signature is DL4J's
    public <M extends Model> M init() {
        return (M) graph(initialWeights());
    }

    private Map<String, INDArray> initialWeights() {
        Map<String, INDArray> weights = new LinkedHashMap<>();
        initialSources().forEach((parameter, source) -> weights.put(parameter, source.array()));
        return weights;
    }

    /** The initial weights, each of which is drawn when it is needed. */
    final Map<String, WeightSource> initialSources() {
        return UNetGraph.initialWeights(config(), seed);
    }

    /** The network with given weights. */
    final ComputationGraph graph(Map<String, INDArray> weights) {
        UNetConfig config = config();
        int height = config.sampleSize().height();
        int width = config.sampleSize().width();
        String[] inputs = config.inputs().stream().map(NetworkTensor::name).toArray(String[]::new);
        List<InputType> types = new ArrayList<>(Collections.nCopies(inputs.length, InputType.feedForward(1)));
        types.set(0, InputType.convolutional(height, width, config.inChannels()));
        ComputationGraphConfiguration.GraphBuilder builder = new NeuralNetConfiguration.Builder()
                .seed(seed)
                .updater(updater)
                // SameDiff makes its gradient graph during the first fit. In a workspace, its scalars would be freed
                // together with the workspace.
                .trainingWorkspaceMode(WorkspaceMode.NONE)
                .inferenceWorkspaceMode(WorkspaceMode.NONE)
                .graphBuilder()
                .addInputs(inputs)
                .setInputTypes(types.toArray(new InputType[0]))
                .addVertex("unet", new UNetVertex(config), inputs)
                // This is a layer instead of a part of the vertex, because Deeplearning4j's numParams counts only
                // layers, and fit does nothing if it is 0.
                .addLayer(
                        "conv_out",
                        new ConvolutionLayer.Builder(config.convOutKernel(), config.convOutKernel())
                                .convolutionMode(ConvolutionMode.Same)
                                .nIn(config.blockOutChannels().get(0))
                                .nOut(config.outChannels())
                                .activation(Activation.IDENTITY)
                                .build(),
                        "unet")
                .addLayer(
                        UNetGraph.OUTPUT,
                        new CnnLossLayer.Builder(LossFunctions.LossFunction.MSE)
                                .activation(Activation.IDENTITY)
                                .build(),
                        "conv_out")
                .setOutputs(UNetGraph.OUTPUT);
        ComputationGraph graph = new UNetComputationGraph(builder.build());
        graph.init();
        Map<String, INDArray> parameters = graph.paramTable();
        weights.forEach((parameter, array) -> {
            INDArray target = parameters.get(graphKey(parameter));
            target.assign(array.reshape(target.shape()));
        });
        return graph;
    }

    /** The name of a parameter in the ComputationGraph. */
    static String graphKey(String parameter) {
        return parameter.startsWith("conv_out.")
                ? (parameter.endsWith("weight") ? "conv_out_W" : "conv_out_b")
                : "unet_" + UNetVertex.key(parameter);
    }

    @Override
    @SuppressWarnings("deprecation") // DL4J's own zoo has no replacement
    public org.deeplearning4j.zoo.ModelMetaData metaData() {
        UNetConfig config = config();
        int[] sample = {
            config.inChannels(),
            config.sampleSize().height(),
            config.sampleSize().width()
        };
        int[][] shapes = config.wantsClassLabels() ? new int[][] {sample, {1}, {1}} : new int[][] {sample, {1}};
        return new org.deeplearning4j.zoo.ModelMetaData(shapes, 1, ZooType.CNN);
    }

    @Override
    public Class<? extends Model> modelType() {
        return ComputationGraph.class;
    }

    @Override
    public String modelName() {
        return name;
    }

    @Override
    public void setInputShape(int[][] shapes) {
        if (shapes.length < 1) {
            throw new IllegalArgumentException("input shapes: expected that of the sample first, found none");
        }
        this.inputShape = shapes[0].clone();
        checkInputShape();
    }
}
