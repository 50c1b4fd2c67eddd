package org.diffusion4j.zoo;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.deeplearning4j.zoo.PretrainedType;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.hub.HubClient;
import org.diffusion4j.samediff.WeightSource;
import org.diffusion4j.weights.diffusers.PackedConfigs;

/**
 * An entry whose networks are known here, and whose weights are on the Hugging Face hub. {@link #unet()} and {@link
 * #graph(String)} give initial weights; {@link #folder()} and {@link #pipeline()} fetch the trained ones into the cache that
 * Python's libraries use, too.
 */
public abstract class HubPipelineModel extends PipelineZooModel {
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
    HubPipelineModel(String name, String description, HubRepository repository, Map<String, String> configs) {
        super(name, description);
        this.repository = repository;
        this.configs = configs;
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
    public HubPipelineModel seed(long newSeed) {
        this.seed = newSeed;
        return this;
    }

    /**
     * Sets the client that fetches the weights, in place of the one that the environment describes.
     *
     * @param client the hub's client
     * @return this
     */
    public HubPipelineModel hub(HubClient client) {
        this.hub = () -> client;
        return this;
    }

    @Override
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

    @Override
    Map<String, ? extends WeightSource> weights(String component) {
        return components().get(component).graph().initialWeights(seed);
    }

    /**
     * {@inheritDoc} It is fetched if the cache doesn't have it.
     */
    @Override
    public Path folder() {
        return repository.fetch(hub.get());
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
}
