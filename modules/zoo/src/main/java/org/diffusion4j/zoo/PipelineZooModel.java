package org.diffusion4j.zoo;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.zoo.PretrainedType;
import org.deeplearning4j.zoo.ZooModel;
import org.deeplearning4j.zoo.ZooType;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.samediff.WeightSource;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * An entry of several networks that draw pictures of a text together: a conditional U-Net, one or two text encoders and, where
 * the U-Net denoises latents, an autoencoder. {@link #graph(String)} gives each as a SameDiff graph, {@link #pipeline()} draws.
 * None is a ComputationGraph: Deeplearning4j keeps the parameters of one in a single array of fewer than 2^31 elements, with a
 * second one for their gradients and two more for Adam, which would be 14 GB for Stable Diffusion 1.5.
 */
public abstract class PipelineZooModel extends ZooModel<ComputationGraph> {
    /** The order in which the data meets the components. */
    static final List<String> ORDER = List.of("text_encoder", "text_encoder_2", "unet", "vae");

    private final String name;
    private final String description;

    /**
     * Makes an entry.
     *
     * @param name the model's name
     * @param description what it draws, in a few words
     */
    PipelineZooModel(String name, String description) {
        this.name = name;
        this.description = description;
    }

    /**
     * Says in a few words what the model draws.
     *
     * @return one line
     */
    public String description() {
        return description;
    }

    /**
     * The options of each component's network.
     *
     * @return by the component's name in diffusers' folders: {@code text_encoder}, {@code unet}, {@code vae}, …, in the order
     *     in which the data meets them
     */
    public abstract Map<String, NetworkConfig> components();

    /** The weights of a component that there is, each of which is read or drawn when it is needed. */
    abstract Map<String, ? extends WeightSource> weights(String component);

    /**
     * The folder of the model with its trained weights.
     *
     * @return a diffusers folder, which must not be changed
     * @throws org.diffusion4j.Diffusion4jException if it can't be had; the message says why
     */
    public abstract Path folder();

    /**
     * A pipeline that draws with the trained weights, on the fastest engine.
     *
     * @return the pipeline
     * @throws org.diffusion4j.Diffusion4jException if they can't be had; the message says why
     */
    public PromptPipeline pipeline() {
        return PromptPipeline.open(folder());
    }

    /**
     * The U-Net as {@link #graph(String)} gives it.
     *
     * @return a new graph
     */
    public SameDiff unet() {
        return graph("unet");
    }

    /**
     * A component's network as a SameDiff graph, with the trained weights if they are in the zoo's jar, else with initial ones.
     *
     * @param component its name, such as {@code unet} or {@code text_encoder}
     * @return a new graph, which reads or draws a weight when it is needed
     * @throws IllegalArgumentException if the model has no such component
     */
    public SameDiff graph(String component) {
        NetworkConfig config = components().get(component);
        if (config == null) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "component: expected one of %s, found '%s'",
                    components().keySet(),
                    component));
        }
        return config.graph().sharedWeights(weights(component)).build();
    }

    /**
     * A network of such a model isn't a ComputationGraph.
     *
     * @return nothing
     * @param <M> any class
     * @throws UnsupportedOperationException always
     */
    @Override
    @SuppressWarnings("TypeParameterUnusedInFormals") // the signature is DL4J's
    public <M extends Model> M init() {
        throw new UnsupportedOperationException(
                name + ": expected unet() or graph(component), which give SameDiff graphs, found init()");
    }

    /**
     * A network of such a model isn't a ComputationGraph.
     *
     * @return nothing
     * @param <M> any class
     * @throws UnsupportedOperationException always; the message says what has the trained weights
     */
    @Override
    @SuppressWarnings("TypeParameterUnusedInFormals") // the signature is DL4J's
    public <M extends Model> M initPretrained(PretrainedType type) {
        throw new UnsupportedOperationException(
                name + ": expected pipeline() or folder(), which have the trained weights, found initPretrained()");
    }

    @Override
    public String modelName() {
        return name;
    }

    @Override
    @SuppressWarnings("deprecation") // DL4J's own zoo has no replacement
    public org.deeplearning4j.zoo.ModelMetaData metaData() {
        int[][] shapes = components().get("unet").inputs().stream()
                .map(input -> java.util.Arrays.stream(input.shape())
                        .skip(1)
                        .mapToInt(Math::toIntExact)
                        .toArray())
                .toArray(int[][]::new);
        return new org.deeplearning4j.zoo.ModelMetaData(shapes, 1, ZooType.CNN);
    }

    @Override
    public Class<? extends Model> modelType() {
        return ComputationGraph.class;
    }

    /**
     * This checksum isn't used, since each file is checked by a sum of its own.
     *
     * @param type any type
     * @return 0
     */
    @Override
    public long pretrainedChecksum(PretrainedType type) {
        return 0;
    }

    /**
     * The networks' sizes are set where their graphs are built.
     *
     * @param shapes any shapes
     * @throws UnsupportedOperationException always
     */
    @Override
    public void setInputShape(int[][] shapes) {
        throw new UnsupportedOperationException(
                name + ": expected a size for components().get(\"unet\").graph(), found an input shape");
    }
}
