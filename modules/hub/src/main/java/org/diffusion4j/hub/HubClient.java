package org.diffusion4j.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.diffusion4j.hub.HubException.Reason;

/**
 * Fetches files of models from the hub into the cache that Python's libraries use. What the cache has isn't fetched again; what
 * is fetched is checked by its size and sum before it has its name there. It may be used by several threads, and several
 * programs may use one cache: a file is fetched by one of them, and the others wait for it. A file whose download was cut is
 * gone on with the next time.
 */
public final class HubClient {
    /** A page of a listing has 1,000 files: some 300 kB. */
    private static final int MOST_PAGE_BYTES = 32 << 20;

    private static final int MOST_PAGES = 1000;

    private static final Pattern NEXT = Pattern.compile("<([^>]*)>\\s*;\\s*rel=\"?next\"?");

    private final HubRequests requests;
    private final HubSettings settings;
    private final HubProgress progress;

    private HubClient(HubRequests requests, HubProgress progress) {
        this.requests = requests;
        this.settings = requests.settings();
        this.progress = progress;
    }

    /**
     * A client as the environment describes it.
     *
     * @return a new client
     * @throws org.diffusion4j.Diffusion4jException if a variable can't be what it says
     */
    public static HubClient ofEnvironment() {
        return of(HubSettings.ofEnvironment());
    }

    /**
     * A client.
     *
     * @param settings where the hub and its cache are, and how they are used
     * @return a new client
     */
    public static HubClient of(HubSettings settings) {
        return new HubClient(new HubRequests(settings), HubProgress.none());
    }

    /**
     * The same client with a listener.
     *
     * @param listener is told how far a file is
     * @return a client that shares connections with this one
     */
    public HubClient reporting(HubProgress listener) {
        return new HubClient(requests, listener);
    }

    /**
     * Where the hub and its cache are, and how they are used.
     *
     * @return the settings
     */
    public HubSettings settings() {
        return settings;
    }

    /**
     * The cache into which it fetches.
     *
     * @return the cache
     */
    public HubCache cache() {
        return new HubCache(settings.cache());
    }

    /**
     * Finds a file in the cache, or fetches it.
     *
     * @param repository {@code owner/name}
     * @param revision a branch, a tag or a commit. The hub is asked what a branch means now; if it can't be reached, the
     *     cache is
     * @param file its path in the repository, such as {@code unet/config.json}
     * @return the file, which must not be changed; it is a link where the system has them
     * @throws HubException if it can't be fetched and the cache doesn't have it
     */
    public Path file(String repository, String revision, String file) {
        RepositoryAt at = new RepositoryAt(repository, revision);
        RepositoryFolder folder = new RepositoryFolder(settings.cache(), repository);
        Optional<Path> cached = folder.commitOf(revision)
                .map(commit -> folder.pointer(commit, file))
                .filter(Files::exists);
        if (cached.isPresent() && FileFacts.isCommit(revision)) {
            return cached.get(); // a commit never changes
        }
        if (settings.offline()) {
            return cached.orElseThrow(() -> notCached(at, ", " + file));
        }
        FileFacts facts;
        try {
            HubRequests.Attempt<FileFacts> ask = () -> facts(at, folder, file);
            facts = cached.isPresent() ? HubRequests.once(ask) : requests.patiently(ask);
        } catch (HubException e) {
            if (cached.isPresent() && mayBeCached(e)) {
                return cached.get();
            }
            throw e;
        }
        return fetched(at, folder, file, facts);
    }

    /**
     * Asks what a revision means and which files it has. Nothing is fetched yet.
     *
     * @param repository {@code owner/name}
     * @param revision a branch, a tag or a commit
     * @return the revision's files; those of the cache if the hub can't be reached
     * @throws HubException if the hub can't say it and the cache has nothing of it
     */
    public HubSnapshot snapshot(String repository, String revision) {
        RepositoryAt at = new RepositoryAt(repository, revision);
        RepositoryFolder folder = new RepositoryFolder(settings.cache(), repository);
        Optional<String> cached =
                folder.commitOf(revision).filter(commit -> Files.isDirectory(folder.snapshot(commit)));
        if (settings.offline()) {
            return HubSnapshot.cached(this, at, folder, cached.orElseThrow(() -> notCached(at, "")), null);
        }
        try {
            String commit = FileFacts.isCommit(revision)
                    ? revision
                    : cached.isPresent() ? HubRequests.once(() -> commit(at)) : requests.patiently(() -> commit(at));
            List<HubFile> files = TreeListing.read(folder.tree(commit)).orElseGet(() -> listing(at, folder, commit));
            folder.writeRef(revision, commit);
            return new HubSnapshot(this, at, folder, commit, files);
        } catch (HubException e) {
            if (cached.isPresent() && mayBeCached(e)) {
                return HubSnapshot.cached(this, at, folder, cached.get(), e);
            }
            throw e;
        }
    }

    /** Whether what the cache has is as good an answer: the hub can't be reached, or doesn't let us in any more. */
    private static boolean mayBeCached(HubException e) {
        return switch (e.reason()) {
            case NO_SUCH_REVISION, NO_SUCH_FILE, CACHE, DAMAGED, NOT_CACHED, INCOMPLETE -> false;
            case NO_SUCH_REPOSITORY, GATED, NOT_ALLOWED, UNREACHABLE, BUSY, UNUSABLE_ANSWER -> true;
        };
    }

    private static HubException notCached(RepositoryAt at, String file) {
        return new HubException(
                Reason.NOT_CACHED,
                at + file + ": expected it in the cache, as nothing may be fetched (HF_HUB_OFFLINE), found none");
    }

    private FileFacts facts(RepositoryAt at, RepositoryFolder folder, String file) throws PassingFault {
        String where = at + ", " + file;
        PathInRepository.within(folder.folder(), file, at.toString());
        URI address = requests.addresses().file(at.repository(), at.revision(), file);
        HttpResponse<Void> answer = requests.head(address, where);
        if (answer.statusCode() == 200 || answer.statusCode() / 100 == 3) {
            return FileFacts.of(answer, where);
        }
        HubException fault = AnswerFault.of(answer, at, file, false);
        if (fault.reason() == Reason.NO_SUCH_FILE) {
            FileFacts.commit(answer.headers()).ifPresent(commit -> {
                folder.writeAbsence(commit, file);
                folder.writeRef(at.revision(), commit);
            });
        }
        throw fault;
    }

    private Path fetched(RepositoryAt at, RepositoryFolder folder, String file, FileFacts facts) {
        Path pointer = folder.pointer(facts.commit(), file);
        Path blob = folder.blob(facts.etag());
        if (Files.exists(pointer)) {
            writeRefIfPossible(at, folder, facts);
            return pointer;
        }
        try {
            Files.createDirectories(blob.getParent());
            Files.createDirectories(pointer.getParent());
            folder.writeRef(at.revision(), facts.commit());
            CacheLock lock = CacheLock.waitFor(folder.lock(facts.etag()));
            try {
                if (!Files.exists(pointer)) {
                    boolean isNew = !Files.exists(blob);
                    if (isNew) {
                        new BlobDownload(requests, folder, at, file, facts, progress).run();
                    }
                    folder.place(facts.etag(), pointer, settings.symbolicLinks(), isNew);
                }
            } finally {
                lock.close();
            }
            return pointer;
        } catch (IOException e) {
            throw RepositoryFolder.unwritable(blob, e);
        }
    }

    /** A cache that can't be written can still be read. */
    private static void writeRefIfPossible(RepositoryAt at, RepositoryFolder folder, FileFacts facts) {
        try {
            folder.writeRef(at.revision(), facts.commit());
        } catch (HubException e) {
            return; // the file is there all the same
        }
    }

    private String commit(RepositoryAt at) throws PassingFault {
        return TreeListing.commit(page(requests.addresses().revision(at.repository(), at.revision()), at)
                        .body())
                .orElseThrow(() -> new HubException(
                        Reason.UNUSABLE_ANSWER, at + ": expected the commit that it means, found none in the answer"));
    }

    private List<HubFile> listing(RepositoryAt at, RepositoryFolder folder, String commit) {
        List<HubFile> files = new ArrayList<>();
        Optional<URI> next = Optional.of(requests.addresses().tree(at.repository(), commit));
        for (int page = 0; next.isPresent(); page++) {
            URI address = next.get();
            Page answer = requests.patiently(() -> page(address, at));
            if (page == MOST_PAGES || !TreeListing.addPage(answer.body(), files::add)) {
                throw new HubException(
                        Reason.UNUSABLE_ANSWER, at + ": expected a list of its files, found another answer");
            }
            next = answer.next();
        }
        if (TreeListing.isValid(files)) {
            folder.replace(folder.tree(commit), TreeListing.print(files));
        }
        return List.copyOf(files);
    }

    private record Page(byte[] body, Optional<URI> next) {}

    private Page page(URI address, RepositoryAt at) throws PassingFault {
        HttpResponse<InputStream> answer = requests.get(address, HubRequests.Reach.HUB, 0, at.toString());
        try (InputStream body = answer.body();
                StallWatch watch = new StallWatch(body, settings.stallTimeout().multipliedBy(6))) {
            if (answer.statusCode() != 200) {
                throw AnswerFault.of(answer, at, "", true);
            }
            byte[] bytes = body.readNBytes(MOST_PAGE_BYTES);
            if (watch.hasStalled() || bytes.length == MOST_PAGE_BYTES) {
                throw new IOException("the answer doesn't end");
            }
            return new Page(bytes, next(answer, address));
        } catch (IOException e) {
            throw new PassingFault(new HubException(
                    Reason.UNREACHABLE, at + ": expected an answer of the hub, found that " + e.getMessage(), e));
        }
    }

    private static Optional<URI> next(HttpResponse<?> answer, URI address) {
        for (String link : answer.headers().allValues("Link")) {
            Matcher next = NEXT.matcher(link);
            if (next.find()) {
                try {
                    return Optional.of(HubAddresses.target(address, next.group(1)));
                } catch (IllegalArgumentException e) {
                    return Optional.empty();
                }
            }
        }
        return Optional.empty();
    }
}
