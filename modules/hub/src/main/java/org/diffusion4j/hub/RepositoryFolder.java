package org.diffusion4j.hub;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.UUID;
import org.diffusion4j.hub.HubException.Reason;

/**
 * A repository's folder in the cache, as Python's huggingface_hub has it: {@code blobs/ETAG} are contents, {@code
 * snapshots/COMMIT/PATH} are relative links to them, {@code refs/REVISION} says which commit a branch or tag meant, {@code
 * .no_exist/COMMIT/PATH} which files there aren't, and {@code trees/COMMIT.json} which there are.
 *
 * @param cache the whole cache's folder
 * @param repository {@code owner/name}
 */
record RepositoryFolder(Path cache, String repository) {
    private static final int LONGEST_REF = 100;

    /** Python removes files of this ending when it tidies its cache up, and doesn't mistake one of this name for its own. */
    static final String PARTIAL = ".diffusion4j.incomplete";

    static final String LOCK = ".diffusion4j.lock";

    /** The name of a repository's folder. */
    static String nameOf(String repository) {
        return "models--" + repository.replace("/", "--");
    }

    Path folder() {
        return cache.resolve(nameOf(repository));
    }

    /** Where locks and files that are being written lie: beside the repository, since Python reads all of its folder. */
    Path locks() {
        return cache.resolve(".locks").resolve(nameOf(repository));
    }

    Path blob(Etag etag) {
        return folder().resolve("blobs").resolve(etag.digits());
    }

    Path partial(Etag etag) {
        return folder().resolve("blobs").resolve(etag.digits() + PARTIAL);
    }

    Path lock(Etag etag) {
        return locks().resolve(etag.digits() + LOCK);
    }

    Path snapshot(String commit) {
        return folder().resolve("snapshots").resolve(commit);
    }

    /** @throws HubException if the file would be outside of the commit's folder */
    Path pointer(String commit, String file) {
        return PathInRepository.within(snapshot(commit), file, HubName.PREFIX + repository);
    }

    Path tree(String commit) {
        return folder().resolve("trees").resolve(commit + ".json");
    }

    private Path ref(String revision) {
        return PathInRepository.within(folder().resolve("refs"), revision, HubName.PREFIX + repository);
    }

    /** The commit that a revision meant when it was last asked for; a commit means itself. */
    Optional<String> commitOf(String revision) {
        if (FileFacts.isCommit(revision)) {
            return Optional.of(revision);
        }
        Path ref = ref(revision);
        try {
            if (!Files.isRegularFile(ref) || Files.size(ref) > LONGEST_REF) {
                return Optional.empty();
            }
            return Optional.of(Files.readString(ref).strip()).filter(FileFacts::isCommit);
        } catch (IOException e) {
            throw unreadable(ref, e);
        }
    }

    /** Remembers what a revision means. */
    void writeRef(String revision, String commit) {
        if (!revision.equals(commit) && !commitOf(revision).equals(Optional.of(commit))) {
            replace(ref(revision), commit);
        }
    }

    /** Remembers that there is no such file. */
    void writeAbsence(String commit, String file) {
        Path mark = PathInRepository.within(
                folder().resolve(".no_exist").resolve(commit), file, HubName.PREFIX + repository);
        if (!Files.exists(mark)) {
            replace(mark, "");
        }
    }

    /** Writes a small file beside its place and renames it. */
    void replace(Path file, String text) {
        Path whole = locks().resolve(UUID.randomUUID() + ".tmp");
        try {
            Files.createDirectories(whole.getParent());
            Files.createDirectories(file.getParent());
            Files.writeString(whole, text, StandardCharsets.UTF_8);
            move(whole, file);
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /**
     * Puts a content into a commit's folder: as a relative link, or where there can't be one, as the file itself.
     *
     * @param tryLink whether links are wanted
     * @param isNew whether nothing else in the cache has this content
     */
    void place(Etag etag, Path pointer, boolean tryLink, boolean isNew) throws IOException {
        Path blob = blob(etag);
        Files.createDirectories(pointer.getParent());
        Files.deleteIfExists(pointer); // a link to a content that is gone
        if (tryLink && link(pointer, pointer.getParent().relativize(blob))) {
            return;
        }
        if (isNew && !Files.isSymbolicLink(blob)) {
            move(blob, pointer);
        } else {
            Path copy = partial(etag);
            Files.copy(blob, copy, StandardCopyOption.REPLACE_EXISTING);
            move(copy, pointer);
        }
    }

    private static boolean link(Path link, Path target) throws IOException {
        try {
            Files.createSymbolicLink(link, target);
            return true;
        } catch (FileAlreadyExistsException e) { // another program was faster
            return Files.exists(link, LinkOption.NOFOLLOW_LINKS);
        } catch (UnsupportedOperationException | IOException e) { // the system or the user's rights have none
            return false;
        }
    }

    static HubException unwritable(Path file, IOException e) {
        return new HubException(
                Reason.CACHE,
                file + ": expected to write into the hub's cache, found "
                        + e.getClass().getSimpleName() + ": " + e.getMessage(),
                e);
    }

    static HubException unreadable(Path file, IOException e) {
        return new HubException(
                Reason.CACHE,
                file + ": expected to read the hub's cache, found "
                        + e.getClass().getSimpleName() + ": " + e.getMessage(),
                e);
    }
}
