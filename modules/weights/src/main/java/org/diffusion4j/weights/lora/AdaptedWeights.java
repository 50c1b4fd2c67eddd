package org.diffusion4j.weights.lora;

import java.util.Map;
import org.diffusion4j.graph.lora.LoraBranches;
import org.diffusion4j.samediff.WeightSource;

/**
 * A network's weights with adapters.
 *
 * @param weights the network's own and the branches' parameters by their names
 * @param branches which layers have branches
 */
public record AdaptedWeights(Map<String, WeightSource> weights, LoraBranches branches) {
    /** Copies the map. */
    public AdaptedWeights {
        weights = Map.copyOf(weights);
    }
}
