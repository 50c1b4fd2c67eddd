package org.diffusion4j.weights.diffusers;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.weights.file.AvailableMemory;
import org.diffusion4j.weights.file.FileFault;

/** Folders of one network that have its options, but no weights yet. */
final class WithoutWeights {
    private WithoutWeights() {}

    /** Whether a folder has a {@code config.json}, but neither weights nor a pipeline's index. */
    static boolean isOne(Path folder, WeightLayout layout) {
        return Files.exists(folder.resolve(DiffusersFolder.CONFIG))
                && !Files.exists(folder.resolve(DiffusersFolder.MODEL_INDEX))
                && FolderListing.of(folder, List.of()).names("").stream().noneMatch(layout::isOfWeights);
    }

    /** Refuses a network whose parameters, which are about to be drawn, don't fit into this machine's memory. */
    static void requireMemory(Path file, NetworkConfig config) {
        long bytes = Float.BYTES * parameters(file, config);
        long available = AvailableMemory.bytes();
        if (bytes > available) {
            throw FileFault.in(
                    file,
                    String.format(
                            Locale.ROOT,
                            "expected a network whose parameters fit into %.1f GB of memory, found one of %.1f GB",
                            available / 1e9,
                            bytes / 1e9));
        }
    }

    private static long parameters(Path file, NetworkConfig config) {
        try {
            return config.parameterCount();
        } catch (IllegalArgumentException e) {
            throw FileFault.in(file, String.valueOf(e.getMessage()));
        }
    }
}
