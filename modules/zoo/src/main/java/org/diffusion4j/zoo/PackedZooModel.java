package org.diffusion4j.zoo;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.zoo.PretrainedType;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An entry whose weights are in the zoo's jar. {@link #init} gives a network with initial weights, {@link
 * #initPretrained(PretrainedType)} and {@link #unet()} one with the pretrained weights, and {@link #pipeline()} draws.
 */
public abstract class PackedZooModel extends UNetZooModel {
    private final PretrainedType pretrained;
    private DiffusersModel model;

    /**
     * Makes an entry.
     *
     * @param name the model's folder in {@code models}
     * @param pretrained the data that its weights were trained on
     * @param options the options of its networks
     * @throws IllegalArgumentException if the input shape doesn't fit the network
     */
    protected PackedZooModel(String name, PretrainedType pretrained, Builder<?> options) {
        super(name, options);
        this.pretrained = pretrained;
        checkInputShape();
    }

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
        return PackedModel.folder(modelName());
    }

    @Override
    protected UNetConfig trainedConfig() {
        return model().config();
    }

    /**
     * {@inheritDoc} It has the pretrained weights.
     */
    @Override
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
                    Locale.ROOT, "%s: expected pretrained weights of %s, found %s", modelName(), pretrained, type));
        }
        return (M) graph(model().weights());
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
                        modelName(),
                        array == null ? "none" : Arrays.toString(array.shape())));
            }
            weights.put(parameter, array.dup('c').reshape('c', own.shape()));
        });
        return model().withConfig(config()).withWeights(weights);
    }

    /**
     * Where the weights are.
     *
     * @param type the data that they were trained on
     * @return their place in the jar; null if there are no weights of that type
     */
    @Override
    public String pretrainedUrl(PretrainedType type) {
        return type == pretrained ? PackedModel.weightsUrl(modelName()) : null;
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
}
