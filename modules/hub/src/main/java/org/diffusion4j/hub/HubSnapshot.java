package org.diffusion4j.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.diffusion4j.hub.HubException.Reason;

/** The files of a repository at one commit. Each is fetched when it is wanted; the folder has those that were. */
public final class HubSnapshot {
    private final HubClient client;
    private final RepositoryAt at;
    private final RepositoryFolder folder;
    private final String commit;
    private final List<HubFile> files;

    /** Why only the cache's files can be had; null if nothing is known of it. */
    private final HubException unreached;

    private final boolean isCached;

    HubSnapshot(HubClient client, RepositoryAt at, RepositoryFolder folder, String commit, List<HubFile> files) {
        this(client, at, folder, commit, files, false, null);
    }

    private HubSnapshot(
            HubClient client,
            RepositoryAt at,
            RepositoryFolder folder,
            String commit,
            List<HubFile> files,
            boolean isCached,
            HubException unreached) {
        this.client = client;
        this.at = at;
        this.folder = folder;
        this.commit = commit;
        this.files = files;
        this.isCached = isCached;
        this.unreached = unreached;
    }

    /**
     * What the cache has of a commit.
     *
     * @param unreached why it can't be asked for; null if nothing may be fetched
     */
    static HubSnapshot cached(
            HubClient client, RepositoryAt at, RepositoryFolder folder, String commit, HubException unreached) {
        List<HubFile> files = TreeListing.read(folder.tree(commit)).orElseGet(() -> present(folder.snapshot(commit)));
        return new HubSnapshot(client, at, folder, commit, files, true, unreached);
    }

    /** The files that are there, where the cache has no list of all that there are. */
    private static List<HubFile> present(Path snapshot) {
        List<HubFile> files = new ArrayList<>();
        try (Stream<Path> paths = Files.walk(snapshot)) {
            for (Path path : paths.filter(Files::isRegularFile).sorted().toList()) {
                String name = snapshot.relativize(path).toString().replace('\\', '/');
                files.add(new HubFile(name, Files.size(path), Optional.empty(), Optional.empty(), Optional.empty()));
            }
            return List.copyOf(files);
        } catch (IOException e) {
            throw RepositoryFolder.unreadable(snapshot, e);
        }
    }

    /**
     * The commit that the revision means.
     *
     * @return 40 hexadecimal digits
     */
    public String commit() {
        return commit;
    }

    /**
     * The files that the commit has; if only the cache could be asked, and has no list of them, those that it has.
     *
     * @return the files
     */
    public List<HubFile> files() {
        return files;
    }

    /**
     * Where the commit's files are, as far as they were fetched.
     *
     * @return a folder in the cache, which must not be changed; it exists once a file was fetched
     */
    public Path folder() {
        return folder.snapshot(commit);
    }

    /**
     * Finds a file in the cache, or fetches it.
     *
     * @param file its path in the repository
     * @return the file
     * @throws HubException if it can't be fetched and the cache doesn't have it
     */
    public Path fetch(String file) {
        Path place = folder.pointer(commit, file);
        if (Files.exists(place)) {
            return place;
        }
        if (isCached) {
            throw incomplete(List.of(file));
        }
        return client.file(at.repository(), commit, file);
    }

    /**
     * Finds files in the cache, or fetches them.
     *
     * @param wanted their paths in the repository
     * @return the folder in which they are
     * @throws HubException if one of them can't be fetched and the cache doesn't have it
     */
    public Path fetch(Collection<String> wanted) {
        List<String> missing = wanted.stream()
                .filter(file -> !Files.exists(folder.pointer(commit, file)))
                .toList();
        if (isCached && !missing.isEmpty()) {
            throw incomplete(missing);
        }
        missing.forEach(this::fetch);
        return folder();
    }

    private HubException incomplete(List<String> missing) {
        String found = missing.size() == 1
                ? "no " + missing.get(0)
                : "none of " + missing.get(0) + " and " + (missing.size() - 1) + " more";
        String why = unreached == null
                ? "as nothing may be fetched (HF_HUB_OFFLINE)"
                : "as the hub can't be asked (" + unreached.getMessage() + ")";
        return new HubException(
                Reason.INCOMPLETE, at + ": expected all files in the cache, " + why + ", found " + found, unreached);
    }
}
