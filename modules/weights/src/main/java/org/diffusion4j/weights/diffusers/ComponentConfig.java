package org.diffusion4j.weights.diffusers;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.file.JsonFile;
import org.diffusion4j.weights.tensor.WeightTensor;

/**
 * The options of a network, whose weights are elsewhere.
 *
 * @param <C> the options
 * @param file the file of the options, for messages
 * @param className the class that Python would make of it, such as {@code AutoencoderKL}
 * @param config the options
 * @param json the file's content
 * @param notes what was noticed, but isn't an error; usually empty
 */
public record ComponentConfig<C extends NetworkConfig>(
        Path file, String className, C config, ObjectNode json, List<String> notes) {
    /** Keeps a copy. */
    public ComponentConfig {
        notes = List.copyOf(notes);
    }

    /**
     * Reads options of any class that is known here.
     *
     * @param file a config.json
     * @return the options
     * @throws org.diffusion4j.Diffusion4jException if the file is missing or wrong; the message names the key
     */
    public static ComponentConfig<?> read(Path file) {
        return ComponentFolder.config(file, JsonFile.readConfig(file));
    }

    /**
     * Takes options of any class that is known here.
     *
     * @param file for messages
     * @param json what a config.json says
     * @return the options
     * @throws org.diffusion4j.Diffusion4jException if they are wrong; the message names the key
     */
    public static ComponentConfig<?> of(Path file, ObjectNode json) {
        return ComponentFolder.config(file, json);
    }

    /**
     * The same options as those of a certain class.
     *
     * @param <T> the options
     * @param type their class
     * @return this
     * @throws org.diffusion4j.Diffusion4jException if they are of another one
     */
    public <T extends NetworkConfig> ComponentConfig<T> as(Class<T> type) {
        if (!type.isInstance(config)) {
            throw FileFault.in(
                    file, "_class_name", "expected a network of " + type.getSimpleName() + ", found " + className);
        }
        return new ComponentConfig<>(file, className, type.cast(config), json, notes);
    }

    /**
     * The network with its weights.
     *
     * @param weights every parameter by its name
     * @return the network
     */
    public Component<C> component(Map<String, WeightTensor> weights) {
        return new Component<>(className, config, weights, json, notes);
    }

    /** The network with the weights of its folder. */
    Component<C> component(CheckedWeights weights) {
        List<String> all = new ArrayList<>(notes);
        all.addAll(weights.notes());
        return new Component<>(className, config, weights.tensors(), json, all);
    }
}
