package org.diffusion4j.zoo;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.zoo.PretrainedType;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.samediff.WeightSource;
import org.diffusion4j.weights.diffusers.PipelineFolder;

/** An entry whose weights are in the zoo's jar: {@link #unet()} and {@link #graph(String)} have the trained ones. */
public abstract class PackedPipelineModel extends PipelineZooModel {
    private PipelineFolder opened;

    /**
     * Makes an entry.
     *
     * @param name the model's folder in {@code models}
     * @param description what it draws, in a few words
     */
    PackedPipelineModel(String name, String description) {
        super(name, description);
    }

    /**
     * The folder of the model's files, which were copied from the jar on first use.
     *
     * @return a diffusers folder, which must not be changed
     */
    @Override
    public Path folder() {
        return PackedModel.folder(modelName());
    }

    private synchronized PipelineFolder files() {
        if (opened == null) {
            opened = PipelineFolder.open(folder());
        }
        return opened;
    }

    @Override
    public Map<String, NetworkConfig> components() {
        Map<String, NetworkConfig> components = new LinkedHashMap<>();
        for (String component : ORDER) {
            if (files().has(component)) {
                components.put(component, files().config(component, NetworkConfig.class));
            }
        }
        return Collections.unmodifiableMap(components);
    }

    @Override
    Map<String, ? extends WeightSource> weights(String component) {
        return files().network(component, NetworkConfig.class).tensors();
    }

    /**
     * Where the U-Net's weights are.
     *
     * @param type any type
     * @return their place in the jar
     */
    @Override
    public String pretrainedUrl(PretrainedType type) {
        return PackedModel.weightsUrl(modelName());
    }
}
