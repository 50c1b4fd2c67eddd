package org.diffusion4j.zoo;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.hub.HubClient;
import org.diffusion4j.hub.HubName;
import org.diffusion4j.weights.diffusers.WeightPreference;

/**
 * Where a model's files are, however it is named: as a folder or file, as one of the zoo, or as one on the hub ({@code
 * hf:owner/name[@revision][#variant]}), which is fetched.
 *
 * @param path the folder or file; empty for a name of {@link Zoo#models()}, and for one that means nothing
 * @param preference which of several files of the same weights is to be read
 */
public record ModelPlace(Optional<Path> path, WeightPreference preference) {
    /**
     * Finds a model of which the usual weights are wanted, unless its name has a variant.
     *
     * @param name what a user gave
     * @param hub makes the client that fetches, if something is to be fetched
     * @return the place
     * @throws Diffusion4jException if it is on the hub and can't be fetched
     */
    public static ModelPlace of(String name, Supplier<HubClient> hub) {
        return of(name, WeightPreference.USUAL, hub);
    }

    /**
     * Finds a model. One of the zoo's jar comes first, then a folder or file, then one of the zoo whose weights are on the hub.
     *
     * @param name what a user gave
     * @param preference which weights are wanted
     * @param hub makes the client that fetches, if something is to be fetched
     * @return the place
     * @throws Diffusion4jException if it is on the hub and can't be fetched, or the name has another variant
     */
    public static ModelPlace of(String name, WeightPreference preference, Supplier<HubClient> hub) {
        if (HubName.isOne(name)) {
            HubName parsed = withVariant(HubName.parse(name), preference.variant());
            return new ModelPlace(
                    Optional.of(HubFiles.fetch(parsed, hub.get())),
                    new WeightPreference(parsed.variant().orElse(null), preference.safetensors()));
        }
        if (Zoo.models().stream().anyMatch(entry -> entry.modelName().equals(name))) {
            return new ModelPlace(Optional.empty(), preference);
        }
        Optional<PackedPipelineModel> pipeline = Zoo.pipelines().stream()
                .filter(entry -> entry.modelName().equals(name))
                .findFirst();
        if (pipeline.isPresent()) {
            requireNoVariant(name, preference);
            return new ModelPlace(pipeline.map(PackedPipelineModel::folder), preference);
        }
        Optional<Path> local = local(name);
        HubRepository repository = repositories().get(name);
        Optional<Path> path = local.isPresent() || repository == null
                ? local
                : Optional.of(repository.fetch(hub.get(), Optional.ofNullable(preference.variant())));
        return new ModelPlace(path, preference);
    }

    /** A model in the jar has one file of each network's weights. */
    static void requireNoVariant(String name, WeightPreference preference) {
        if (preference.variant() != null) {
            throw new Diffusion4jException(
                    "variant: expected none, as " + name + " has one file of weights, found " + preference.variant());
        }
    }

    private static HubName withVariant(HubName name, String variant) {
        if (variant == null || name.variant().equals(Optional.of(variant))) {
            return name;
        }
        if (name.variant().isPresent()) {
            throw new Diffusion4jException("variant: expected that of " + name + ", found " + variant);
        }
        return new HubName(name.repository(), name.revision(), Optional.of(variant));
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
        Zoo.hubPipelines().forEach(entry -> repositories.put(entry.modelName(), entry.repository()));
        return repositories;
    }
}
