package org.diffusion4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.diffusion4j.hub.FolderHub;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands on models that are on the hub. */
class HubCommandsTest {
    private static final List<String> PROPERTIES = List.of("HF_ENDPOINT", "HF_HUB_CACHE", "HF_HUB_OFFLINE");

    @TempDir
    private Path folder;

    private FolderHub hub;

    @BeforeEach
    void start() {
        hub = new FolderHub("someone/tiny", TinyModels.pipeline(folder.resolve("model")));
        System.setProperty("HF_ENDPOINT", hub.endpoint().toString());
        System.setProperty("HF_HUB_CACHE", folder.resolve("cache").toString());
    }

    @AfterEach
    void stop() {
        hub.close();
        PROPERTIES.forEach(System::clearProperty);
    }

    private static Run good(Object... args) {
        Run run = Run.of(args);
        assertEquals(0, run.exitCode(), run.toString());
        return run;
    }

    @Test
    void aModelOnTheHubIsFetchedOnceAndDrawnWith() {
        Path grid = folder.resolve("grid.png");
        Run first = good("sample", "--model", "hf:someone/tiny", "--images", 1, "--out", grid);
        assertTrue(Files.exists(grid));
        assertTrue(
                first.err().stream()
                        .anyMatch(line ->
                                line.matches("fetched unet/diffusion_pytorch_model\\.safetensors, \\d\\.\\d MB")),
                first.toString());
        Run second = good("info", "hf:someone/tiny");
        assertEquals(List.of(), second.err());
        assertTrue(second.out().get(0).startsWith("hf:someone/tiny: "), second.toString());
        System.setProperty("HF_HUB_OFFLINE", "1");
        good("info", "hf:someone/tiny@main");
    }

    @Test
    void whatWasFetchedIsListedAndRemoved() {
        assertEquals(2, good("models", "--cached").out().size());
        good("info", "hf:someone/tiny");
        Run listed = good("models", "--cached");
        assertTrue(
                listed.out().get(1).matches("hf:someone/tiny +main \\(89abcdef0123\\) +\\d +\\d\\.\\d"),
                listed.toString());
        assertTrue(listed.out().get(2).endsWith(" MB in " + folder.resolve("cache")), listed.toString());
        Run removed = good("models", "--remove", "someone/tiny");
        assertTrue(removed.out().get(0).matches("hf:someone/tiny: removed, \\d\\.\\d MB are free"), removed.toString());
        assertEquals(2, good("models", "--cached").out().size());
    }

    @Test
    void whatCannotBeFetchedIsSaidInOneLine() {
        for (List<String> each : List.of(
                List.of("hf:someone/other", "hf:someone/other: expected a model on the hub, found none of this name"),
                List.of("hf:someone", "hf:someone: expected a model on the hub"),
                List.of("hf:a/b/c", "model: expected hf:owner/name"),
                List.of("hf:someone/tiny#fp16", "expected files of the variant fp16"),
                List.of("ddpm-cat-256", "hf:google/ddpm-cat-256: expected a model on the hub"))) {
            Run run = Run.of("sample", "--model", each.get(0), "--out", folder.resolve("x.png"));
            assertEquals(2, run.exitCode(), run.toString());
            assertEquals(1, run.err().size(), run.toString());
            assertTrue(run.err().get(0).contains(each.get(1)), run.toString());
            assertFalse(Files.exists(folder.resolve("x.png")));
        }
        assertEquals(2, Run.of("models", "--remove", "someone/other").exitCode());
        Run packed = Run.of("models", "--remove", "emoji-32");
        assertEquals(2, packed.exitCode());
        assertEquals(
                List.of("--remove: expected a model that is fetched from the hub, found emoji-32, which is part of"
                        + " diffusion4j"),
                packed.err());
        assertEquals(2, Run.of("models", "--cached", "--remove", "x").exitCode());
    }
}
