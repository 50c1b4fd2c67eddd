package org.diffusion4j.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.diffusion4j.hub.CachedModel.CachedRevision;
import org.diffusion4j.hub.HubException.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubCacheTest {
    private static final String OLD = "1".repeat(40);
    private static final String NEW = "2".repeat(40);
    private static final Etag SHARED = new Etag("a".repeat(40));
    private static final Etag ONLY_OLD = new Etag("b".repeat(40));

    @TempDir
    private Path cache;

    /** A model of two revisions, which have one content in common. */
    private RepositoryFolder model(String name) throws IOException {
        RepositoryFolder folder = new RepositoryFolder(cache, name);
        for (Etag etag : List.of(SHARED, ONLY_OLD)) {
            Files.createDirectories(folder.blob(etag).getParent());
            Files.write(folder.blob(etag), new byte[etag.equals(SHARED) ? 1000 : 200]);
        }
        folder.place(SHARED, folder.pointer(OLD, "unet/a.bin"), true, false);
        folder.place(ONLY_OLD, folder.pointer(OLD, "b.json"), true, false);
        folder.place(SHARED, folder.pointer(NEW, "unet/a.bin"), true, false);
        folder.writeRef("main", NEW);
        folder.writeRef("v1/beta", OLD);
        return folder;
    }

    @Test
    void modelsAreListedWithWhatTheyTake() throws IOException {
        model("someone/model");
        model("old-one");
        Files.createDirectories(cache.resolve("datasets--someone--data"));
        Files.writeString(cache.resolve("CACHEDIR.TAG"), "");
        List<CachedModel> models = new HubCache(cache).models();
        assertEquals(
                List.of("old-one", "someone/model"),
                models.stream().map(CachedModel::repository).toList());
        assertEquals(
                List.of(new CachedRevision(OLD, List.of("v1/beta"), 2), new CachedRevision(NEW, List.of("main"), 1)),
                models.get(1).revisions());
        assertEquals(1000 + 200 + 2 * 40, models.get(1).bytes());
        assertEquals(List.of(), new HubCache(cache.resolve("none")).models());
    }

    @Test
    void aRevisionIsRemovedWithoutWhatAnotherOneNeeds() throws IOException {
        RepositoryFolder folder = model("someone/model");
        assertEquals(200 + 40, new HubCache(cache).remove("someone/model", Optional.of("v1/beta")));
        assertTrue(Files.exists(folder.pointer(NEW, "unet/a.bin")));
        assertFalse(Files.exists(folder.blob(ONLY_OLD)));
        assertFalse(Files.exists(folder.snapshot(OLD)));
        assertEquals(Optional.empty(), folder.commitOf("v1/beta"));
        assertEquals(Optional.of(NEW), folder.commitOf("main"));
        new HubCache(cache).remove("someone/model", Optional.of(NEW));
        assertFalse(Files.exists(folder.folder()), "it was the last one");
    }

    @Test
    void aModelIsRemovedWithoutItsNeighbour() throws IOException {
        model("someone/model");
        Path other = model("someone/model2").folder();
        Path outside = Files.createDirectory(cache.resolve("outside"));
        Files.writeString(outside.resolve("kept"), "x");
        Files.createSymbolicLink(
                new RepositoryFolder(cache, "someone/model").folder().resolve("link"), outside);
        assertEquals(1280, new HubCache(cache).remove("someone/model", Optional.empty()));
        assertEquals(1, new HubCache(cache).models().size());
        assertTrue(Files.exists(other));
        assertTrue(Files.exists(outside.resolve("kept")), "links aren't followed");
    }

    @Test
    void whatIsNotThereIsNamed() throws IOException {
        model("someone/model");
        HubException fault =
                assertThrows(HubException.class, () -> new HubCache(cache).remove("someone/mode", Optional.empty()));
        assertEquals(Reason.NOT_CACHED, fault.reason());
        assertTrue(fault.getMessage().endsWith("did you mean hf:someone/model?"), fault.getMessage());
        assertThrows(HubException.class, () -> new HubCache(cache).remove("someone/model", Optional.of("v2")));
        assertThrows(RuntimeException.class, () -> new HubCache(cache).remove("../x", Optional.empty()));
    }

    @Test
    void aModelThatIsBeingFetchedIsNotRemoved() throws IOException {
        RepositoryFolder folder = model("someone/model");
        CacheLock lock = CacheLock.waitFor(folder.lock(SHARED));
        HubException fault =
                assertThrows(HubException.class, () -> new HubCache(cache).remove("someone/model", Optional.empty()));
        assertTrue(fault.getMessage().contains("is being fetched"), fault.getMessage());
        lock.close();
        assertTrue(Files.exists(folder.blob(SHARED)));
        new HubCache(cache).remove("someone/model", Optional.empty());
    }
}
