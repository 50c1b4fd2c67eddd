package org.diffusion4j.weights.diffusers;

import static org.diffusion4j.Requirement.require;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.samediff.WeightSource;
import org.diffusion4j.weights.file.JsonFile;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.diffusion4j.weights.tensor.Tensor;

/**
 * The files of one network, to be written.
 *
 * @param format how its options are stored
 * @param config the options, which the format holds
 * @param weights every parameter by its name
 */
record ComponentWriter(ConfigFormat<?> format, NetworkConfig config, Map<String, ? extends WeightSource> weights) {
    /** @throws IllegalArgumentException if there is no format of the options, or the weights aren't those that they ask for */
    static ComponentWriter of(NetworkConfig config, Map<String, ? extends WeightSource> weights) {
        ConfigFormat<?> format = ComponentFolder.format(config);
        Map<String, long[]> shapes = config.parameterShapes();
        shapes.forEach((name, shape) -> {
            WeightSource weight = weights.get(name);
            require(
                    weight != null && Arrays.equals(shape, weight.shape()),
                    "weights, '" + name + "'",
                    Arrays.toString(shape),
                    weight == null ? "none" : Arrays.toString(weight.shape()));
        });
        for (String name : weights.keySet()) {
            require(shapes.containsKey(name), "weights", "parameters of the network", name);
        }
        return new ComponentWriter(format, config, weights);
    }

    String className() {
        return format.className();
    }

    /** The library that has the class. */
    String library() {
        return format.layout().library();
    }

    /** Writes both files into a folder that exists. */
    void writeTo(Path folder) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        weights.forEach((name, weight) -> tensors.put(name, Tensor.of(weight)));
        SafetensorsWriter.write(folder.resolve(format.layout().single()), tensors, SafetensorsWriter.PYTORCH);
        JsonFile.write(folder.resolve(DiffusersFolder.CONFIG), format.jsonOf(config));
    }
}
