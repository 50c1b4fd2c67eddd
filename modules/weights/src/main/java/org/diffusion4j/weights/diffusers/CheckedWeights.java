package org.diffusion4j.weights.diffusers;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.weights.tensor.FileTensor;
import org.diffusion4j.weights.tensor.WeightTensor;

/**
 * The weights of a network's folder, which fit the network's options and are finite. They stay in their files.
 *
 * @param tensors every parameter by its name
 * @param notes what was noticed, but isn't an error
 */
record CheckedWeights(Map<String, WeightTensor> tensors, List<String> notes) {
    /**
     * Reads and checks weights.
     *
     * @param folder the network's folder
     * @param config the network's options, which are in this folder
     * @param layout the library that the network is of
     * @param preference which weights are wanted
     * @throws org.diffusion4j.Diffusion4jException if a file or a tensor is missing or isn't as it must be
     */
    static CheckedWeights read(Path folder, NetworkConfig config, WeightLayout layout, WeightPreference preference) {
        WeightFiles files = WeightFiles.open(folder, layout, preference);
        boolean good = false;
        try {
            Map<String, FileTensor> found = found(files, layout);
            Map<String, long[]> expected =
                    ComponentWeights.shapes(folder.resolve(DiffusersFolder.CONFIG), config, found.values());
            List<String> surplus = WeightCheck.check(files.file(), expected, found);
            ComponentWeights.requireFinite(
                    expected.keySet().stream().map(found::get).toList());
            Map<String, WeightTensor> tensors = new LinkedHashMap<>();
            expected.keySet().forEach(name -> tensors.put(name, ComponentWeights.held(found.get(name))));
            files.closeAllBut(tensors.values());
            good = true;
            return new CheckedWeights(tensors, notes(files, surplus));
        } finally {
            if (!good) {
                files.close();
            }
        }
    }

    /**
     * What would be noticed, without reading a number.
     *
     * @throws org.diffusion4j.Diffusion4jException as above, but for numbers that aren't finite
     */
    static List<String> notes(Path folder, NetworkConfig config, WeightLayout layout, WeightPreference preference) {
        try (WeightFiles files = WeightFiles.open(folder, layout, preference)) {
            Map<String, FileTensor> found = found(files, layout);
            Map<String, long[]> expected =
                    ComponentWeights.shapes(folder.resolve(DiffusersFolder.CONFIG), config, found.values());
            return notes(files, WeightCheck.check(files.file(), expected, found));
        }
    }

    private static Map<String, FileTensor> found(WeightFiles files, WeightLayout layout) {
        Map<String, FileTensor> found = new LinkedHashMap<>();
        WeightNames.byPresentName(files.file(), files.names(), layout)
                .forEach((name, stored) -> found.put(name, files.tensor(stored)));
        return found;
    }

    private static List<String> notes(WeightFiles files, List<String> surplus) {
        return surplus.isEmpty() ? List.of() : List.of(WeightCheck.leftOut(files.file(), surplus));
    }
}
