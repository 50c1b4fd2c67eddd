package org.diffusion4j.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.diffusion4j.Diffusion4jException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubEnvironmentTest {
    @TempDir
    private Path home;

    private HubSettings settings(String... namesAndValues) {
        Map<String, String> variables = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            variables.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return new HubEnvironment(variables, home).settings();
    }

    @Test
    void theCacheIsWherePythonHasIt() {
        Path elsewhere = home.resolve("elsewhere");
        assertEquals(home.resolve(".cache/huggingface/hub"), settings().cache());
        assertEquals(
                elsewhere.resolve("huggingface/hub"),
                settings("XDG_CACHE_HOME", elsewhere.toString()).cache());
        assertEquals(
                elsewhere.resolve("hub"),
                settings("HF_HOME", elsewhere.toString(), "XDG_CACHE_HOME", "/x")
                        .cache());
        assertEquals(
                elsewhere,
                settings("HUGGINGFACE_HUB_CACHE", elsewhere.toString(), "HF_HOME", "/x")
                        .cache());
        assertEquals(
                elsewhere,
                settings("HF_HUB_CACHE", elsewhere.toString(), "HUGGINGFACE_HUB_CACHE", "/x")
                        .cache());
        assertEquals(home.resolve("m"), settings("HF_HUB_CACHE", "~/m").cache());
        assertEquals(
                elsewhere.resolve("m"),
                settings("HF_HUB_CACHE", "$BASE/m", "BASE", elsewhere.toString())
                        .cache());
        assertEquals(
                home.resolve(".cache/huggingface/hub"), settings("HF_HOME", "").cache(), "an empty one is none");
    }

    @Test
    void theTokenIsThatOfTheEnvironmentOrOfItsFile() throws IOException {
        assertEquals(Optional.empty(), settings().token());
        Path file = Files.writeString(home.resolve("file"), " hf_file\n");
        assertEquals(
                "hf_file",
                settings("HF_TOKEN_PATH", file.toString()).token().orElseThrow().value());
        Path folder = Files.createDirectories(home.resolve(".cache/huggingface"));
        Files.writeString(folder.resolve("token"), "hf_usual");
        assertEquals("hf_usual", settings().token().orElseThrow().value());
        assertEquals(
                "hf_a",
                settings("HF_TOKEN", "hf_a\n", "HUGGING_FACE_HUB_TOKEN", "b")
                        .token()
                        .orElseThrow()
                        .value());
        assertEquals(
                "hf_b",
                settings("HUGGING_FACE_HUB_TOKEN", "hf_b").token().orElseThrow().value());
        assertEquals(
                Optional.empty(), settings("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1").token());
    }

    @Test
    void theTokenIsNeverPrinted() {
        HubSettings settings = settings("HF_TOKEN", "hf_secret");
        assertFalse(settings.toString().contains("hf_secret"), settings.toString());
        Diffusion4jException fault = assertThrows(Diffusion4jException.class, () -> settings("HF_TOKEN", "hf_se cret"));
        assertFalse(fault.getMessage().contains("cret"), fault.getMessage());
    }

    @Test
    void offlineLinksAddressAndPatienceAreRead() {
        assertFalse(settings().offline());
        assertFalse(settings("HF_HUB_OFFLINE", "0").offline());
        assertTrue(settings("HF_HUB_OFFLINE", "yes").offline());
        assertTrue(settings("TRANSFORMERS_OFFLINE", "True").offline());
        assertFalse(settings("HF_HUB_OFFLINE", "0", "TRANSFORMERS_OFFLINE", "1").offline());
        assertTrue(settings().symbolicLinks());
        assertFalse(settings("HF_HUB_DISABLE_SYMLINKS", "1").symbolicLinks());
        assertEquals(URI.create("https://huggingface.co"), settings().endpoint());
        assertEquals(
                URI.create("http://mirror:8/hf"),
                settings("HF_ENDPOINT", "http://mirror:8/hf//").endpoint());
        assertEquals(
                Duration.ofSeconds(60),
                settings("HF_HUB_DOWNLOAD_TIMEOUT", "60").stallTimeout());
        assertThrows(Diffusion4jException.class, () -> settings("HF_HUB_ETAG_TIMEOUT", "soon"));
        assertThrows(Diffusion4jException.class, () -> settings("HF_ENDPOINT", "huggingface.co"));
        assertThrows(Diffusion4jException.class, () -> settings("HF_ENDPOINT", "file:///x"));
    }

    @Test
    void onlyTheHubsOwnHostsMaySeeTheToken() {
        HubAddresses mirror = new HubAddresses(URI.create("https://mirror.example/hf"));
        assertTrue(mirror.isHub(URI.create("https://MIRROR.example:8443/x")));
        assertTrue(mirror.isHub(URI.create("https://huggingface.co/x")));
        assertFalse(mirror.isHub(URI.create("http://mirror.example/x")), "it would be readable on its way");
        assertFalse(mirror.isHub(URI.create("https://cdn.mirror.example/x")));
        assertFalse(mirror.isHub(URI.create("https://huggingface.co.example/x")));
    }
}
