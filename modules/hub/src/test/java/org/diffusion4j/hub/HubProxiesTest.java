package org.diffusion4j.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.diffusion4j.Diffusion4jException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubProxiesTest {
    private static final String REPOSITORY = "someone/model";

    @TempDir
    private Path temp;

    private static Map<String, String> variables(String... namesAndValues) {
        Map<String, String> variables = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            variables.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return variables;
    }

    private static String proxy(String address, String... namesAndValues) {
        return HubProxies.of(variables(namesAndValues))
                .of(URI.create(address))
                .map(URI::toString)
                .orElse("none");
    }

    @Test
    void eachSchemeHasItsOwnProxy() {
        String[] both = {"HTTPS_PROXY", "http://s:1", "HTTP_PROXY", "plain:2"};
        assertEquals("http://s:1", proxy("https://huggingface.co/x", both));
        assertEquals("http://plain:2", proxy("http://huggingface.co/x", both));
        assertEquals("none", proxy("https://huggingface.co", "HTTP_PROXY", "http://p:1"));
        assertEquals("http://all:3", proxy("https://huggingface.co", "ALL_PROXY", "http://all:3"));
        assertEquals("http://small:4", proxy("https://a.b", "https_proxy", "small:4", "HTTPS_PROXY", "large:5"));
        assertEquals("none", proxy("https://huggingface.co", "HTTPS_PROXY", ""));
    }

    @Test
    void exceptionsAreAskedDirectly() {
        for (String exceptions : List.of("*", "huggingface.co", "a.b, .huggingface.co", "co", "huggingface.co:443")) {
            assertEquals(
                    "none",
                    proxy("https://huggingface.co", "HTTPS_PROXY", "http://s:1", "NO_PROXY", exceptions),
                    exceptions);
        }
        for (String exceptions : List.of("face.co", "huggingface.co:80", "cdn.huggingface.co", "huggingface.com")) {
            assertEquals(
                    "http://s:1",
                    proxy("https://huggingface.co", "HTTPS_PROXY", "http://s:1", "NO_PROXY", exceptions),
                    exceptions);
        }
    }

    @Test
    void whatIsNoProxyIsRefusedWithoutItsPassword() {
        for (String value : List.of("socks5://user:secret@p:1", "http://", "http://user:secret@")) {
            Diffusion4jException refused =
                    assertThrows(Diffusion4jException.class, () -> proxy("https://a.b", "HTTPS_PROXY", value));
            assertTrue(
                    refused.getMessage().startsWith("HTTPS_PROXY: expected a proxy")
                            && !refused.getMessage().contains("secret"),
                    refused.getMessage());
        }
    }

    private HubSettings settings(URI endpoint, HubProxies proxies) {
        return new HubSettings(
                temp.resolve("cache"),
                endpoint,
                Optional.empty(),
                false,
                true,
                Duration.ofSeconds(20),
                Duration.ofSeconds(20),
                new Patience(0, Duration.ZERO, Duration.ZERO, Duration.ZERO),
                proxies);
    }

    @Test
    void filesAreFetchedThroughTheProxy() throws IOException {
        Path files = Files.createDirectories(temp.resolve("files"));
        Files.writeString(files.resolve("config.json"), "{\"a\":1}");
        List<String> asked = new CopyOnWriteArrayList<>();
        try (FolderHub hub = new FolderHub(REPOSITORY, files)) {
            HttpServer proxy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            // Whoever talks to a proxy sends the whole address: it is passed on to the hub.
            proxy.createContext("/", exchange -> {
                asked.add(exchange.getRequestURI().toString());
                URI target = exchange.getRequestURI();
                HttpRequest passed = HttpRequest.newBuilder(target)
                        .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.noBody())
                        .build();
                try {
                    HttpResponse<byte[]> answer = HttpClient.newBuilder()
                            .proxy(HttpClient.Builder.NO_PROXY)
                            .build()
                            .send(passed, HttpResponse.BodyHandlers.ofByteArray());
                    answer.headers().map().forEach((name, values) -> {
                        if (!name.equalsIgnoreCase("content-length") && !name.equalsIgnoreCase("transfer-encoding")) {
                            exchange.getResponseHeaders().put(name, values);
                        }
                    });
                    boolean head = exchange.getRequestMethod().equals("HEAD");
                    if (head) {
                        answer.headers().firstValue("content-length").ifPresent(length -> exchange.getResponseHeaders()
                                .set("Content-Length", length));
                    }
                    exchange.sendResponseHeaders(
                            answer.statusCode(), head || answer.body().length == 0 ? -1 : answer.body().length);
                    exchange.getResponseBody().write(head ? new byte[0] : answer.body());
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                } finally {
                    exchange.close();
                }
            });
            proxy.start();
            try {
                HubProxies proxies = HubProxies.of(variables(
                        "HTTP_PROXY", "http://127.0.0.1:" + proxy.getAddress().getPort()));
                Path file = HubClient.of(settings(hub.endpoint(), proxies)).file(REPOSITORY, "main", "config.json");
                assertEquals("{\"a\":1}", Files.readString(file));
                assertTrue(!asked.isEmpty() && asked.stream().allMatch(each -> each.startsWith(hub.endpoint() + "/")));
                int count = asked.size();
                HubProxies none = new HubProxies(proxies.http(), proxies.https(), List.of("*"));
                HubClient.of(settings(hub.endpoint(), none)).snapshot(REPOSITORY, "main");
                assertEquals(count, asked.size(), "an exception isn't asked through it");
            } finally {
                proxy.stop(0);
            }
        }
    }

    @Test
    void environmentNamesThem() {
        HubSettings settings =
                new HubEnvironment(variables("HTTPS_PROXY", "http://p:1", "no_proxy", "a.b"), temp).settings();
        assertEquals(Optional.of(URI.create("http://p:1")), settings.proxies().https());
        assertEquals(List.of("a.b"), settings.proxies().exceptions());
        assertEquals(
                HubProxies.NONE, new HubEnvironment(Map.of(), temp).settings().proxies());
    }
}
