package org.diffusion4j.weights.diffusers;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.weights.tensor.FileTensor;
import org.diffusion4j.weights.tensor.WeightTensor;

/**
 * A network that was read: one component of a pipeline. Its weights stay in their files until they are needed, so these must
 * not be written into while the component is used; they may be replaced.
 *
 * @param <C> its options
 * @param className the class that Python would make of it, such as {@code AutoencoderKL}
 * @param config the network's options
 * @param tensors the weights by their parameters' names, each with the type in which it is stored: F32, F16 or BF16
 * @param json the content of its {@code config.json}
 * @param notes what was noticed, but isn't an error; usually empty
 */
public record Component<C extends NetworkConfig>(
        String className, C config, Map<String, WeightTensor> tensors, ObjectNode json, List<String> notes)
        implements AutoCloseable {
    /** Keeps copies. */
    public Component {
        tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
        notes = List.copyOf(notes);
    }

    /**
     * The number of parameters.
     *
     * @return the sum of the weights' lengths
     */
    public long parameterCount() {
        return tensors.values().stream().mapToLong(WeightTensor::length).sum();
    }

    /** Closes the files in which the weights still are. Arrays in memory stay as they are. */
    @Override
    public void close() {
        for (WeightTensor tensor : tensors.values()) {
            if (tensor instanceof FileTensor file) {
                file.file().close();
            }
        }
    }
}
