package org.diffusion4j.weights.diffusers;

import java.nio.file.Path;
import java.util.List;

/**
 * The files that a network's weights are read from.
 *
 * @param folder the network's folder
 * @param choice the file that was chosen in it
 * @param files the names of the files that hold the tensors, in the order in which they are read: the chosen one or its shards
 */
public record TakenWeights(Path folder, WeightChoice choice, List<String> files) {
    /** Keeps a copy. */
    public TakenWeights {
        files = List.copyOf(files);
    }

    static TakenWeights of(Path folder, WeightLayout layout, WeightPreference preference) {
        WeightChoice choice = WeightChoice.in(folder, layout, preference);
        return new TakenWeights(folder, choice, choice.files(folder));
    }
}
