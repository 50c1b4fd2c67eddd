package org.diffusion4j.zoo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.hub.HubClient;
import org.diffusion4j.hub.HubName;
import org.diffusion4j.weights.file.Sha256;

/**
 * Where an entry's weights are on the Hugging Face hub.
 *
 * @param name owner and name, such as {@code google/ddpm-cat-256}
 * @param licence the licence of the weights, by its name on the hub, such as {@code apache-2.0}
 * @param revision the commit that is fetched, so that it is the same for ever; {@code main} where none is known here
 * @param sums the SHA-256 of files whose sums are known here, by their paths; the others are checked by what the hub says
 */
public record HubRepository(String name, String licence, String revision, Map<String, String> sums) {
    public HubRepository {
        sums = Map.copyOf(sums);
    }

    /** A repository of which no commit is known: its newest one is fetched. */
    HubRepository(String name, String licence) {
        this(name, licence, HubName.DEFAULT_REVISION, Map.of());
    }

    /** A repository at a commit. */
    HubRepository(String name, String licence, String commit) {
        this(name, licence, commit, Map.of());
    }

    /**
     * Where one can look at it.
     *
     * @return an address of the web
     */
    public String address() {
        return "https://huggingface.co/" + name + "/tree/" + revision;
    }

    /**
     * Finds the model in the cache, or fetches it: of its files, only those that are read.
     *
     * @param hub the hub's client
     * @return the model's folder in the cache, which must not be changed
     * @throws Diffusion4jException if it can't be fetched, or isn't what it was
     */
    public Path fetch(HubClient hub) {
        return fetch(hub, Optional.empty());
    }

    /** The same of a variant of the weights. */
    Path fetch(HubClient hub, Optional<String> variant) {
        Path folder = HubFiles.fetch(new HubName(name, revision, variant), hub);
        sums.forEach((file, sum) -> check(folder.resolve(file), sum));
        return folder;
    }

    /** The content's name in the cache is its sum, which was checked when it was fetched. */
    private static void check(Path file, String sum) {
        try {
            if (Files.exists(file) && !file.toRealPath().endsWith(sum)) {
                Sha256.check(file, sum);
            }
        } catch (IOException e) {
            throw new Diffusion4jException(file + ": expected to read the hub's cache, found " + e, e);
        }
    }
}
