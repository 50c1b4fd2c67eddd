package org.diffusion4j.zoo;

import java.util.function.Supplier;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.zoo.PretrainedType;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.hub.HubClient;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.diffusers.PackedConfigs;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * An entry whose network is known here, and whose weights are on the Hugging Face hub. {@link #init} and {@link #unet()} give
 * initial weights; {@link #initPretrained(PretrainedType)}, {@link #model()} and {@link #pipeline()} fetch the trained ones into
 * the cache that Python's libraries use, too.
 */
public abstract class HubUNetModel extends UNetZooModel {
    private final HubRepository repository;
    private final UNetConfig trained;
    private final String description;
    private Supplier<HubClient> hub = HubClient::ofEnvironment;
    private DiffusersModel model;

    /**
     * Makes an entry.
     *
     * @param name the model's name
     * @param description what it draws, in a few words
     * @param repository where its weights are
     * @param config the name of its packed configuration
     * @param options the options of its networks
     * @throws IllegalArgumentException if the input shape doesn't fit the network
     */
    HubUNetModel(String name, String description, HubRepository repository, String config, Builder<?> options) {
        super(name, options);
        this.description = description;
        this.repository = repository;
        this.trained = PackedConfigs.unet2d(config);
        checkInputShape();
    }

    /**
     * Where the weights are.
     *
     * @return the repository and its licence
     */
    public HubRepository repository() {
        return repository;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    protected UNetConfig trainedConfig() {
        return trained;
    }

    /**
     * {@inheritDoc} It has initial weights.
     */
    @Override
    public SameDiff unet() {
        return UNetGraph.of(config()).sharedWeights(initialSources()).build();
    }

    /**
     * Sets the client that fetches the weights, in place of the one that the environment describes.
     *
     * @param client the hub's client
     * @return this
     */
    public HubUNetModel hub(HubClient client) {
        this.hub = () -> client;
        return this;
    }

    /**
     * The model including its trained weights, which are fetched if the cache doesn't have them. It is read only once.
     *
     * @return the content of its folder
     * @throws org.diffusion4j.Diffusion4jException if it can't be fetched, or something is wrong with it
     */
    public synchronized DiffusersModel model() {
        if (model == null) {
            model = DiffusersFolder.read(repository.fetch(hub.get()));
        }
        return model;
    }

    /**
     * A pipeline that draws with the trained weights, on the fastest engine.
     *
     * @return the pipeline, which the caller closes
     * @throws org.diffusion4j.Diffusion4jException if the weights can't be fetched
     */
    public DiffusionPipeline pipeline() {
        return DiffusionPipeline.of(model().withConfig(config()), EngineKind.AUTO);
    }

    /**
     * The network with the trained weights, which are fetched if the cache doesn't have them.
     *
     * @param type any type: there is one set of weights, and for the data of most of them Deeplearning4j has no type
     * @return a graph that can predict or be trained further
     * @param <M> ComputationGraph
     * @throws org.diffusion4j.Diffusion4jException if they can't be fetched
     */
    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the signature is DL4J's
    public <M extends Model> M initPretrained(PretrainedType type) {
        return (M) graph(model().weights());
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
}
