package org.diffusion4j.graph;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A network's options, which say all that is known of it before its graph is built. A configuration that exists is valid.
 */
public interface NetworkConfig {
    /**
     * What the network takes, in float32.
     *
     * @return its graph's placeholders, in order, without those that only training needs
     */
    List<NetworkTensor> inputs();

    /**
     * What the network gives, in float32.
     *
     * @return its graph's outputs, in order
     */
    List<NetworkTensor> outputs();

    /**
     * Begins the network's graph, at the configuration's own sizes.
     *
     * @return a builder, whose sizes, type and weights may now be set
     */
    NetworkGraph<?> graph();

    /**
     * The network's parameters, in the order in which the data meets them. No arrays are allocated.
     *
     * @return each parameter's shape by diffusers' name
     */
    Map<String, long[]> parameterShapes();

    /**
     * How many numbers the parameters have in total.
     *
     * @return the count
     */
    default long parameterCount() {
        return parameterShapes().values().stream()
                .mapToLong(shape -> Arrays.stream(shape).reduce(1, Math::multiplyExact))
                .reduce(0, Math::addExact);
    }
}
