package org.diffusion4j.zoo;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.zoo.PretrainedType;
import org.deeplearning4j.zoo.ZooModel;
import org.deeplearning4j.zoo.ZooType;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.hub.HubClient;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.weights.diffusers.PackedConfigs;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * An entry of several networks that draw pictures of a text together: a conditional U-Net, an autoencoder and one or two text
 * encoders. Each is a SameDiff graph with initial weights; the trained weights are on the Hugging Face hub, from where {@link
 * #folder()} and {@link #pipeline()} fetch them. Deeplearning4j can't hold such a network as a ComputationGraph: it keeps the
 * parameters in one array of fewer than 2^31 elements, a second one for their gradients and two more for Adam, 14 GB for Stable
 * Diffusion 1.5.
 */
public abstract class PipelineZooModel extends ZooModel<ComputationGraph> {
    /** The order in which the data meets the components. */
    private static final List<String> ORDER = List.of("text_encoder", "text_encoder_2", "unet", "vae");

    private final String name;
    private final String description;
    private final HubRepository repository;
    private final Map<String, String> configs;
    private Supplier<HubClient> hub = HubClient::ofEnvironment;
    private long seed;

    /**
     * Makes an entry.
     *
     * @param name the model's name
     * @param description what it draws, in a few words
     * @param repository where its weights are
     * @param configs the name of each component's packed configuration, by the component's name in diffusers' folders
     */
    PipelineZooModel(String name, String description, HubRepository repository, Map<String, String> configs) {
        this.name = name;
        this.description = description;
        this.repository = repository;
        this.configs = configs;
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
     * Where the weights are.
     *
     * @return the repository and its licence
     */
    public HubRepository repository() {
        return repository;
    }

    /**
     * Sets the seed of the initial weights.
     *
     * @param newSeed any number; 0 if it isn't set
     * @return this
     */
    public PipelineZooModel seed(long newSeed) {
        this.seed = newSeed;
        return this;
    }

    /**
     * The options of each component's network.
     *
     * @return by the component's name in diffusers' folders: {@code text_encoder}, {@code unet}, {@code vae}, …, in the order
     *     in which the data meets them
     */
    public Map<String, NetworkConfig> components() {
        Map<String, NetworkConfig> components = new LinkedHashMap<>();
        for (String component : ORDER) {
            if (configs.containsKey(component)) {
                components.put(
                        component,
                        PackedConfigs.component(configs.get(component)).config());
            }
        }
        return Collections.unmodifiableMap(components);
    }

    /**
     * The U-Net with initial weights as a SameDiff graph, which draws a weight when it is needed.
     *
     * @return a new graph
     */
    public SameDiff unet() {
        return graph("unet");
    }

    /**
     * A component's network with initial weights as a SameDiff graph, which draws a weight when it is needed.
     *
     * @param component its name, such as {@code unet} or {@code text_encoder}
     * @return a new graph
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
        return config.graph().sharedWeights(config.graph().initialWeights(seed)).build();
    }

    /**
     * Such a network can't be a ComputationGraph.
     *
     * @return nothing
     * @param <M> any class
     * @throws UnsupportedOperationException always
     */
    @Override
    @SuppressWarnings("TypeParameterUnusedInFormals") // the signature is DL4J's
    public <M extends Model> M init() {
        throw new UnsupportedOperationException(String.format(
                Locale.ROOT,
                "%s: expected unet() or graph(component), which give SameDiff graphs, found init(), as a ComputationGraph of %,d"
                        + " parameters is too large for Deeplearning4j",
                name,
                components().get("unet").parameterCount()));
    }

    /**
     * Sets the client that fetches the weights, in place of the one that the environment describes.
     *
     * @param client the hub's client
     * @return this
     */
    public PipelineZooModel hub(HubClient client) {
        this.hub = () -> client;
        return this;
    }

    /**
     * The folder of the model with its trained weights, which are fetched if the cache doesn't have them.
     *
     * @return a diffusers folder in the cache, which must not be changed
     * @throws org.diffusion4j.Diffusion4jException if it can't be fetched
     */
    public Path folder() {
        return repository.fetch(hub.get());
    }

    /**
     * A pipeline that draws with the trained weights, which are fetched if the cache doesn't have them, on the fastest engine.
     *
     * @return the pipeline, which the caller closes
     * @throws org.diffusion4j.Diffusion4jException if it can't be fetched
     */
    public PromptPipeline pipeline() {
        return PromptPipeline.open(folder());
    }

    /**
     * Such a network can't be a ComputationGraph.
     *
     * @return nothing
     * @param <M> any class
     * @throws UnsupportedOperationException always; the message says what fetches the trained weights
     */
    @Override
    @SuppressWarnings("TypeParameterUnusedInFormals") // the signature is DL4J's
    public <M extends Model> M initPretrained(PretrainedType type) {
        throw new UnsupportedOperationException(name
                + ": expected pipeline() or folder(), which fetch the trained weights, found initPretrained(), as such a"
                + " network can't be a ComputationGraph");
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
     * Where the weights are.
     *
     * @param type any type
     * @return the address of the repository at its commit
     */
    @Override
    public String pretrainedUrl(PretrainedType type) {
        return repository.address();
    }

    /**
     * This checksum isn't used, since each file is checked by its SHA-256 or git's SHA-1.
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
