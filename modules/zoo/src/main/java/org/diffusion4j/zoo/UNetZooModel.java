package org.diffusion4j.zoo;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
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
import org.deeplearning4j.zoo.PretrainedType;
import org.deeplearning4j.zoo.ZooModel;
import org.deeplearning4j.zoo.ZooType;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.weights.DiffusersFolder;
import org.diffusion4j.weights.DiffusersModel;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/**
 * An entry of Deeplearning4j's zoo whose network is a diffusion U-Net. {@link #init} and {@link
 * #initPretrained(PretrainedType)} give a {@link ComputationGraph} with inputs {@code sample} [N, C, H, W], {@code
 * timestep} [N, 1] and {@code class_labels} [N, 1]. It predicts the noise or the velocity, [N, C, H, W], as the model's
 * noise scheduler says. {@link #unet()} gives the plain SameDiff graph, and {@link #pipeline()} draws. The weights are in
 * the jar.
 */
public abstract class UNetZooModel extends ZooModel<ComputationGraph> {
    private final String name;
    private final PretrainedType pretrained;
    private final IUpdater updater;
    private final long seed;
    private int[] inputShape;
    private DiffusersModel model;

    /**
     * Makes an entry.
     *
     * @param name the model's folder in {@code models}
     * @param pretrained the data that its weights were trained on
     * @param options the options of its networks
     * @throws IllegalArgumentException if the input shape doesn't fit the network
     */
    protected UNetZooModel(String name, PretrainedType pretrained, Builder<?> options) {
        this.name = name;
        this.pretrained = pretrained;
        this.seed = options.seed;
        this.updater = options.updater;
        this.inputShape = options.inputShape;
        checkInputShape();
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
         * @param inputShape [C, H, W]: the model's channels, and multiples of 4; the model's own if it isn't set
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
     * The model including its weights, which is read only once.
     *
     * @return the content of its folder
     */
    public synchronized DiffusersModel model() {
        if (model == null) {
            model = DiffusersFolder.read(folder());
        }
        return model;
    }

    /**
     * The folder of the model's files, which were copied from the jar on first use.
     *
     * @return a diffusers folder
     */
    public Path folder() {
        return PackedModel.folder(name);
    }

    /**
     * The network's options for this entry's input shape.
     *
     * @return the configuration
     */
    public UNetConfig config() {
        UNetConfig own = model().config();
        return inputShape == null
                ? own
                : own.toBuilder()
                        .sampleSize(new SampleSize(inputShape[1], inputShape[2]))
                        .build();
    }

    private void checkInputShape() {
        if (inputShape == null) {
            return;
        }
        int channels = model().config().inChannels();
        int multiple = model().config().sizeMultiple();
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
     * The network with the pretrained weights as a plain SameDiff graph, which belongs to the caller.
     *
     * @return a graph with placeholders {@code sample}, {@code timestep} and {@code class_labels} and output {@code out_sample}
     */
    public SameDiff unet() {
        return UNetGraph.of(config()).weights(model().weights()).build();
    }

    /**
     * A pipeline that draws with the pretrained weights, on the fastest engine.
     *
     * @return the pipeline, which the caller closes
     */
    public DiffusionPipeline pipeline() {
        return DiffusionPipeline.of(model().withConfig(config()), EngineKind.AUTO);
    }

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
        UNetGraph.initialWeights(config(), seed).forEach((parameter, source) -> weights.put(parameter, source.array()));
        return weights;
    }

    /**
     * The network with the pretrained weights.
     *
     * @param type the data that they were trained on
     * @return a graph that can predict or be trained further
     * @param <M> ComputationGraph
     * @throws UnsupportedOperationException if there are no weights of that type
     */
    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the signature is DL4J's
    public <M extends Model> M initPretrained(PretrainedType type) {
        if (!pretrainedAvailable(type)) {
            throw new UnsupportedOperationException(String.format(
                    Locale.ROOT, "%s: expected pretrained weights of %s, found %s", name, pretrained, type));
        }
        return (M) graph(model().weights());
    }

    private ComputationGraph graph(Map<String, INDArray> weights) {
        UNetConfig config = config();
        int height = config.sampleSize().height();
        int width = config.sampleSize().width();
        ComputationGraphConfiguration.GraphBuilder builder = new NeuralNetConfiguration.Builder()
                .seed(seed)
                .updater(updater)
                // SameDiff makes its gradient graph during the first fit. In a workspace, its scalars would be freed
                // together with the workspace.
                .trainingWorkspaceMode(WorkspaceMode.NONE)
                .inferenceWorkspaceMode(WorkspaceMode.NONE)
                .graphBuilder()
                .addInputs(UNetGraph.SAMPLE, UNetGraph.TIMESTEP, UNetGraph.CLASS_LABELS)
                .setInputTypes(
                        InputType.convolutional(height, width, config.inChannels()),
                        InputType.feedForward(1),
                        InputType.feedForward(1))
                .addVertex("unet", new UNetVertex(config), UNetGraph.SAMPLE, UNetGraph.TIMESTEP, UNetGraph.CLASS_LABELS)
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

    private static String graphKey(String parameter) {
        return parameter.startsWith("conv_out.")
                ? (parameter.endsWith("weight") ? "conv_out_W" : "conv_out_b")
                : "unet_" + UNetVertex.key(parameter);
    }

    /**
     * This entry's model with the weights of a graph that {@link #init} or {@link #initPretrained(PretrainedType)} gave and
     * {@code fit} has changed. {@link DiffusersFolder} can write it, and {@link DiffusionPipeline} can draw with it.
     *
     * @param trained a graph of this entry
     * @return the model, with a copy of the weights
     * @throws IllegalArgumentException if the graph isn't one of this entry; the message names the parameter
     */
    public DiffusersModel model(ComputationGraph trained) {
        Map<String, INDArray> parameters = trained.paramTable();
        Map<String, INDArray> weights = new LinkedHashMap<>();
        model().weights().forEach((parameter, own) -> {
            INDArray array = parameters.get(graphKey(parameter));
            if (array == null || array.length() != own.length()) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "graph, '%s': expected %s of %s, found %s",
                        parameter,
                        Arrays.toString(own.shape()),
                        name,
                        array == null ? "none" : Arrays.toString(array.shape())));
            }
            weights.put(parameter, array.dup('c').reshape('c', own.shape()));
        });
        return model().withConfig(config()).withWeights(weights);
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
        return new org.deeplearning4j.zoo.ModelMetaData(new int[][] {sample, {1}, {1}}, 1, ZooType.CNN);
    }

    @Override
    public Class<? extends Model> modelType() {
        return ComputationGraph.class;
    }

    /**
     * Where the weights are.
     *
     * @param type the data that they were trained on
     * @return their place in the jar; null if there are no weights of that type
     */
    @Override
    public String pretrainedUrl(PretrainedType type) {
        return type == pretrained ? PackedModel.weightsUrl(name) : null;
    }

    /**
     * This checksum isn't used, since the weights are checked by a SHA-256 per file, which is packed with them.
     *
     * @param type the data that they were trained on
     * @return 0
     */
    @Override
    public long pretrainedChecksum(PretrainedType type) {
        return 0;
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
