package org.diffusion4j.zoo;

import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.zoo.PretrainedType;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.weights.diffusers.PackedConfigs;
import org.nd4j.autodiff.samediff.SameDiff;

/** An entry whose network is known here, and whose weights are on the Hugging Face hub. {@link #init} gives initial weights. */
public abstract class HubUNetModel extends UNetZooModel {
    private final HubRepository repository;
    private final UNetConfig trained;
    private final String description;

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
     * This entry's weights aren't in the jar.
     *
     * @param type any type
     * @return nothing
     * @param <M> any class
     * @throws UnsupportedOperationException always; the message says where the weights are
     */
    @Override
    @SuppressWarnings("TypeParameterUnusedInFormals") // the signature is DL4J's
    public <M extends Model> M initPretrained(PretrainedType type) {
        throw repository.notHere(modelName());
    }

    /**
     * {@inheritDoc}
     *
     * @param type any type
     * @return null, as no weights are in the jar
     */
    @Override
    public String pretrainedUrl(PretrainedType type) {
        return null;
    }

    /**
     * {@inheritDoc}
     *
     * @param type any type
     * @return 0
     */
    @Override
    public long pretrainedChecksum(PretrainedType type) {
        return 0;
    }
}
