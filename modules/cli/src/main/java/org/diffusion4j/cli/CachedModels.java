package org.diffusion4j.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.hub.CachedModel;
import org.diffusion4j.hub.CachedModel.CachedRevision;
import org.diffusion4j.hub.HubCache;
import org.diffusion4j.hub.HubName;
import org.diffusion4j.zoo.HubPipelineModel;
import org.diffusion4j.zoo.HubRepository;
import org.diffusion4j.zoo.HubUNetModel;
import org.diffusion4j.zoo.Zoo;

/**
 * The hub's cache, as the command {@code models} shows it.
 *
 * @param cache the cache that Python's libraries use, too
 */
record CachedModels(HubCache cache) {
    private static final int SHOWN_DIGITS = 12;

    /** A row for each revision; what they take together stands beside the first one. */
    List<List<String>> rows() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("name", "revision", "files", "MB"));
        for (CachedModel model : cache.models()) {
            String name = HubName.PREFIX + model.repository();
            if (model.revisions().isEmpty()) { // the remains of a download that was cut
                rows.add(List.of(name, "none", "0", megabytes(model.bytes())));
            }
            for (CachedRevision revision : model.revisions()) {
                boolean isFirst = revision.equals(model.revisions().get(0));
                rows.add(List.of(
                        name,
                        shown(revision),
                        String.valueOf(revision.files()),
                        isFirst ? megabytes(model.bytes()) : ""));
            }
        }
        return rows;
    }

    String total() {
        long bytes = cache.models().stream().mapToLong(CachedModel::bytes).sum();
        return megabytes(bytes) + " MB in " + cache.folder();
    }

    private static String shown(CachedRevision revision) {
        String commit = revision.commit()
                .substring(0, Math.min(SHOWN_DIGITS, revision.commit().length()));
        return revision.names().isEmpty() ? commit : String.join(", ", revision.names()) + " (" + commit + ")";
    }

    /**
     * Removes a model, or one revision of it.
     *
     * @param name {@code hf:owner/name[@revision]}, with or without {@code hf:}, or one of the zoo
     * @return what was removed, in one line
     */
    String remove(String name) {
        if (Zoo.packedNames().contains(name)) {
            throw new Diffusion4jException("--remove: expected a model that is fetched from the hub, found " + name
                    + ", which is part of diffusion4j");
        }
        String full = HubName.isOne(name)
                ? name
                : HubName.PREFIX + repository(name).map(HubRepository::name).orElse(name);
        HubName parsed = HubName.parse(full);
        if (parsed.variant().isPresent()) {
            throw new Diffusion4jException(
                    "--remove: expected hf:owner/name[@revision], as a variant can't be removed alone, found '" + name
                            + "'");
        }
        Optional<String> revision = full.contains("@") ? Optional.of(parsed.revision()) : Optional.empty();
        long bytes = cache.remove(parsed.repository(), revision);
        return full + ": removed, " + megabytes(bytes) + " MB are free";
    }

    private static Optional<HubRepository> repository(String name) {
        Stream<HubRepository> unets = Zoo.hubModels().stream()
                .filter(entry -> entry.modelName().equals(name))
                .map(HubUNetModel::repository);
        Stream<HubRepository> pipelines = Zoo.hubPipelines().stream()
                .filter(entry -> entry.modelName().equals(name))
                .map(HubPipelineModel::repository);
        return Stream.concat(unets, pipelines).findFirst();
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%,.1f", bytes / 1e6);
    }
}
