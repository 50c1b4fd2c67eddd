package org.diffusion4j.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.diffusion4j.NearestNames;
import org.diffusion4j.hub.CachedModel.CachedRevision;
import org.diffusion4j.hub.HubException.Reason;

/**
 * The cache that Python's libraries and {@link HubClient} share: lists what is in it, and removes models.
 *
 * @param folder the cache, such as {@code ~/.cache/huggingface/hub}; it needn't exist
 */
public record HubCache(Path folder) {
    private static final String MODEL = "models--";

    /**
     * Lists the models of which something is there.
     *
     * @return the models by name; none if there is no cache
     * @throws HubException if the cache can't be read
     */
    public List<CachedModel> models() {
        List<CachedModel> models = new ArrayList<>();
        for (Path path : content(folder)) {
            String name = path.getFileName().toString();
            if (name.startsWith(MODEL) && Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                String repository = name.substring(MODEL.length()).replaceFirst("--", "/");
                models.add(model(new RepositoryFolder(folder, repository)));
            }
        }
        return models;
    }

    private CachedModel model(RepositoryFolder of) {
        List<CachedRevision> revisions = new ArrayList<>();
        for (Path snapshot : content(of.folder().resolve("snapshots"))) {
            String commit = snapshot.getFileName().toString();
            List<Path> files = files(snapshot);
            if (!files.isEmpty()) {
                revisions.add(new CachedRevision(commit, namesOf(of, commit), files.size()));
            }
        }
        return new CachedModel(of.repository(), bytes(of.folder()), revisions);
    }

    /**
     * Removes a model, or one revision of it with the contents that no other revision has.
     *
     * @param repository {@code owner/name}
     * @param revision a branch, a tag or a commit; empty for all of the model
     * @return how many bytes became free
     * @throws HubException if it isn't in the cache, is being fetched, or can't be removed
     */
    public long remove(String repository, Optional<String> revision) {
        RepositoryFolder of = new RepositoryFolder(folder, repository);
        HubName.checkRepository(repository);
        revision.ifPresent(given -> HubName.checkRevision(repository, given));
        if (!Files.isDirectory(of.folder(), LinkOption.NOFOLLOW_LINKS)) {
            throw absent(HubName.PREFIX + repository);
        }
        long before = bytes(of.folder());
        List<CacheLock> locks = new ArrayList<>();
        try {
            lockAll(of, locks);
            if (revision.isPresent()) {
                removeRevision(of, revision.get());
            } else {
                removeAll(of);
            }
        } catch (IOException e) {
            throw RepositoryFolder.unwritable(of.folder(), e);
        } finally {
            locks.forEach(HubCache::release);
        }
        return before - bytes(of.folder());
    }

    /** So that nobody is fetching while something is removed. The locks' files stay, as others may be waiting for them. */
    private static void lockAll(RepositoryFolder of, List<CacheLock> locks) throws IOException {
        for (Path file : content(of.locks())) {
            if (file.toString().endsWith(RepositoryFolder.LOCK)) {
                CacheLock lock = CacheLock.take(file);
                if (lock == null) {
                    throw new HubException(
                            Reason.CACHE,
                            HubName.PREFIX + of.repository()
                                    + ": expected a model that nobody is using, found that it is being fetched");
                }
                locks.add(lock);
            }
        }
    }

    private static void release(CacheLock lock) {
        try {
            lock.close();
        } catch (IOException e) {
            return; // the system gives it back when this program ends
        }
    }

    /** Names before links before contents: whoever reads meanwhile finds nothing, but never a link without its content. */
    private static void removeAll(RepositoryFolder of) throws IOException {
        delete(of.folder().resolve("refs"));
        delete(of.folder().resolve("snapshots"));
        delete(of.folder());
    }

    private void removeRevision(RepositoryFolder of, String revision) throws IOException {
        String where = HubName.described(of.repository(), revision);
        String commit = of.commitOf(revision).orElseThrow(() -> absent(where));
        if (!Files.isDirectory(of.snapshot(commit), LinkOption.NOFOLLOW_LINKS)) {
            throw absent(where);
        }
        Set<Path> own = contents(of.snapshot(commit));
        boolean isLast = true;
        for (Path other : content(of.folder().resolve("snapshots"))) {
            if (!other.equals(of.snapshot(commit))) {
                own.removeAll(contents(other));
                isLast = false;
            }
        }
        if (isLast) {
            removeAll(of);
            return;
        }
        for (String name : namesOf(of, commit)) {
            Files.delete(of.folder().resolve("refs").resolve(name));
        }
        delete(of.snapshot(commit));
        for (Path content : own) {
            Files.deleteIfExists(content);
        }
        delete(of.folder().resolve(".no_exist").resolve(commit));
        Files.deleteIfExists(of.tree(commit));
    }

    /** The contents in {@code blobs} that a revision's links lead to. */
    private static Set<Path> contents(Path snapshot) throws IOException {
        Set<Path> contents = new TreeSet<>();
        Path blobs = snapshot.getParent().resolveSibling("blobs");
        for (Path file : files(snapshot)) {
            if (Files.isSymbolicLink(file)) {
                Path content =
                        file.getParent().resolve(Files.readSymbolicLink(file)).normalize();
                if (blobs.equals(content.getParent())) {
                    contents.add(content);
                }
            }
        }
        return contents;
    }

    private HubException absent(String name) {
        List<String> cached = models().stream()
                .map(each -> HubName.PREFIX + each.repository())
                .toList();
        String question = NearestNames.question(name, cached);
        return new HubException(
                Reason.NOT_CACHED,
                name + ": expected a model in the cache " + folder + ", found none of this name"
                        + (question.isEmpty() ? "" : "; " + question));
    }

    /** The branches and tags that mean a commit. */
    private static List<String> namesOf(RepositoryFolder of, String commit) {
        Path refs = of.folder().resolve("refs");
        return files(refs).stream()
                .map(ref -> refs.relativize(ref).toString().replace('\\', '/'))
                .filter(PathInRepository::isOne)
                .filter(name -> of.commitOf(name).equals(Optional.of(commit)))
                .toList();
    }

    private static List<Path> content(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> paths = Files.list(folder)) {
            return paths.sorted().toList();
        } catch (IOException e) {
            throw RepositoryFolder.unreadable(folder, e);
        }
    }

    /** All that aren't folders, at any depth. Links aren't followed. */
    private static List<Path> files(Path folder) {
        return all(folder).stream()
                .filter(path -> !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
                .toList();
    }

    private static List<Path> all(Path folder) {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return List.of();
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.sorted().toList();
        } catch (IOException e) {
            throw RepositoryFolder.unreadable(folder, e);
        }
    }

    private static long bytes(Path folder) {
        long bytes = 0;
        for (Path file : files(folder)) {
            try {
                bytes += Files.isSymbolicLink(file) ? 0 : Files.size(file);
            } catch (IOException e) {
                throw RepositoryFolder.unreadable(file, e);
            }
        }
        return bytes;
    }

    private static void delete(Path folder) throws IOException {
        for (Path path : all(folder).stream().sorted(Comparator.reverseOrder()).toList()) {
            Files.deleteIfExists(path);
        }
    }
}
