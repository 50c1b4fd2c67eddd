package org.diffusion4j.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.diffusion4j.hub.HubException.Reason;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubClientTest {
    private static final String REPOSITORY = "someone/model";

    @TempDir
    private Path temp;

    private Path files;

    @BeforeEach
    void writeFiles() throws IOException {
        files = Files.createDirectories(temp.resolve("files"));
        Files.createDirectories(files.resolve("unet"));
        Files.writeString(files.resolve("model_index.json"), "{}");
        Files.writeString(files.resolve("unet/config.json"), "{\"a\":1}");
        Files.writeString(files.resolve("unet/same.json"), "{\"a\":1}");
    }

    private HubSettings settings(URI endpoint) {
        return new HubSettings(
                temp.resolve("cache"),
                endpoint,
                Optional.empty(),
                false,
                true,
                Duration.ofSeconds(20),
                Duration.ofSeconds(20),
                new Patience(1, Duration.ZERO, Duration.ZERO, Duration.ZERO));
    }

    @Test
    void onlyWhatIsWantedIsFetchedAndOnlyOnce() throws IOException {
        try (FolderHub hub = new FolderHub(REPOSITORY, files)) {
            List<String> reported = new ArrayList<>();
            HubClient client = HubClient.of(settings(hub.endpoint()))
                    .reporting((file, done, size) -> reported.add(file + " " + done + "/" + size));
            HubSnapshot snapshot = client.snapshot(REPOSITORY, "main");
            assertEquals(
                    List.of("model_index.json", "unet/config.json", "unet/same.json"),
                    snapshot.files().stream().map(HubFile::name).toList());
            Path folder = snapshot.fetch(List.of("unet/config.json", "unet/same.json"));
            assertEquals(folder.resolve("unet/config.json"), client.file(REPOSITORY, "main", "unet/config.json"));
            assertEquals(List.of("unet/config.json"), hub.fetched(), "the other one has the same content");
            assertEquals(List.of("unet/config.json 0/7", "unet/config.json 7/7"), reported);
            assertFalse(Files.exists(folder.resolve("model_index.json")));
        }
    }

    @Test
    void withoutLinksAFileLiesAmongThoseOfItsRevision() throws IOException {
        try (FolderHub hub = new FolderHub(REPOSITORY, files)) {
            HubSettings settings =
                    settings(hub.endpoint()).toBuilder().symbolicLinks(false).build();
            Path folder = HubClient.of(settings)
                    .snapshot(REPOSITORY, "main")
                    .fetch(List.of("unet/config.json", "model_index.json"));
            Path file = folder.resolve("unet/config.json");
            assertTrue(Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS));
            assertEquals("{\"a\":1}", Files.readString(file));
            HubClient.of(settings).file(REPOSITORY, "main", "unet/config.json");
            assertEquals(2, hub.fetched().size());
            assertEquals(9, new HubCache(settings.cache()).models().get(0).bytes() - treeBytes(settings.cache()));
        }
    }

    private static long treeBytes(Path cache) throws IOException {
        RepositoryFolder folder = new RepositoryFolder(cache, REPOSITORY);
        return Files.size(folder.tree(FolderHub.COMMIT))
                + Files.size(folder.folder().resolve("refs/main"));
    }

    @Test
    void whatIsCachedIsFoundWithoutTheHub() {
        try (FolderHub hub = new FolderHub(REPOSITORY, files)) {
            HubClient.of(settings(hub.endpoint())).snapshot(REPOSITORY, "main").fetch(List.of("unet/config.json"));
        }
        HubSettings gone = settings(URI.create("http://127.0.0.1:1"));
        HubSettings offline = gone.toBuilder().offline(true).build();
        for (HubSettings settings : List.of(gone, offline)) {
            HubClient client = HubClient.of(settings);
            assertTrue(Files.exists(client.file(REPOSITORY, "main", "unet/config.json")));
            assertTrue(Files.exists(client.file(REPOSITORY, FolderHub.COMMIT, "unet/config.json")));
            HubSnapshot snapshot = client.snapshot(REPOSITORY, "main");
            assertEquals(snapshot.folder(), snapshot.fetch(List.of("unet/config.json")));
            HubException fault = assertThrows(
                    HubException.class, () -> snapshot.fetch(List.of("unet/config.json", "model_index.json")));
            assertEquals(Reason.INCOMPLETE, fault.reason());
            assertTrue(fault.getMessage().contains("no model_index.json"), fault.getMessage());
        }
        HubException fault = assertThrows(
                HubException.class, () -> HubClient.of(offline).file(REPOSITORY, "main", "model_index.json"));
        assertEquals(Reason.NOT_CACHED, fault.reason());
        assertThrows(HubException.class, () -> HubClient.of(offline).snapshot("someone/other", "main"));
    }

    @Test
    void aLinkWhoseContentIsGoneIsFetchedAgain() throws IOException {
        try (FolderHub hub = new FolderHub(REPOSITORY, files)) {
            HubClient client = HubClient.of(settings(hub.endpoint()));
            Path file = client.file(REPOSITORY, "main", "unet/config.json");
            Files.delete(file.toRealPath());
            assertEquals("{\"a\":1}", Files.readString(client.file(REPOSITORY, "main", "unet/config.json")));
        }
    }

    @Test
    void aCacheThatCannotBeWrittenSaysSo() throws IOException {
        Files.writeString(temp.resolve("cache"), "a file in its place");
        try (FolderHub hub = new FolderHub(REPOSITORY, files)) {
            HubException fault = assertThrows(HubException.class, () -> HubClient.of(settings(hub.endpoint()))
                    .file(REPOSITORY, "main", "unet/config.json"));
            assertEquals(Reason.CACHE, fault.reason());
        }
    }
}
