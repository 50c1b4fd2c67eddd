package org.diffusion4j.zoo;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.diffusion4j.hub.HubClient;
import org.diffusion4j.hub.HubName;

/**
 * Where a model's files are, however it is named: as a folder or file, as one of the zoo, or as one on the hub ({@code
 * hf:owner/name[@revision][#variant]}), which is fetched.
 *
 * @param path the folder or file; empty for a name of a model whose files are in the zoo's jar, and for one that means nothing
 * @param variant which of several files of the same weights was asked for; empty for the usual ones
 */
public record ModelPlace(Optional<Path> path, Optional<String> variant) {
    /**
     * Finds a model. One of the zoo's jar comes first, then a folder or file, then one of the zoo whose weights are on the hub.
     *
     * @param name what a user gave
     * @param hub makes the client that fetches, if something is to be fetched
     * @return the place
     * @throws org.diffusion4j.Diffusion4jException if it is on the hub and can't be fetched
     */
    public static ModelPlace of(String name, Supplier<HubClient> hub) {
        if (HubName.isOne(name)) {
            HubName parsed = HubName.parse(name);
            return new ModelPlace(Optional.of(HubFiles.fetch(parsed, hub.get())), parsed.variant());
        }
        if (Zoo.models().stream().anyMatch(entry -> entry.modelName().equals(name))) {
            return new ModelPlace(Optional.empty(), Optional.empty());
        }
        Optional<Path> local = local(name);
        HubRepository repository = repositories().get(name);
        Optional<Path> path =
                local.isPresent() || repository == null ? local : Optional.of(repository.fetch(hub.get()));
        return new ModelPlace(path, Optional.empty());
    }

    private static Optional<Path> local(String name) {
        try {
            return Optional.of(Path.of(name)).filter(Files::exists);
        } catch (InvalidPathException e) {
            return Optional.empty(); // no file can have this name
        }
    }

    /** The zoo's models that are on the hub, by name. */
    static Map<String, HubRepository> repositories() {
        Map<String, HubRepository> repositories = new TreeMap<>();
        Zoo.hubModels().forEach(entry -> repositories.put(entry.modelName(), entry.repository()));
        Zoo.pipelines().forEach(entry -> repositories.put(entry.modelName(), entry.repository()));
        return repositories;
    }
}
