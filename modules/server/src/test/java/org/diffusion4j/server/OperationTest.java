package org.diffusion4j.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.server.job.JobLimits;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may ask, how much, and what happens at the end. */
class OperationTest {
    private static final String LONG = "{\"steps\": 1000, \"images\": 20}";

    @TempDir
    static Path folder;

    private static Path model;

    @BeforeAll
    static void writeModel() {
        model = TinyModels.classes(folder.resolve("animals"));
    }

    private static DiffusionServer.Builder builder() {
        return DiffusionServer.builder().model(model.toString()).port(0);
    }

    @Test
    void withKeysOnlyThoseWhoKnowOneMayAsk() throws IOException, InterruptedException {
        Path keys = Files.writeString(folder.resolve("keys"), "# ours\n\nfirst-key-1\nuser:second-key\n");
        try (DiffusionServer server = builder().keyFile(keys).build().start()) {
            Client client = new Client(server.uri());
            assertEquals(200, client.get("/health").status());
            assertEquals(401, client.get("/api/v1/models").status());
            assertEquals(
                    "invalid_api_key",
                    client.get("/v1/models").json().path("error").path("code").asText());
            assertEquals(200, asked(client, "Authorization", "Bearer first-key-1"));
            assertEquals(200, asked(client, "X-API-Key", "first-key-1"));
            assertEquals(200, asked(client, "Authorization", "Basic " + base64("anybody:first-key-1")));
            assertEquals(200, asked(client, "Authorization", "Basic " + base64("user:second-key")));
            assertEquals(401, asked(client, "Authorization", "Bearer first-key-"));
            assertEquals(401, asked(client, "Authorization", "Basic !!"));
            assertEquals(401, asked(client, "X-API-Key", ""));
        }
    }

    private static int asked(Client client, String header, String value) throws IOException, InterruptedException {
        return client.send("GET", "/api/v1/models", BodyPublishers.noBody(), Map.of(header, value))
                .status();
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void otherMachinesNeedKeysOrAWordThatTheyDoNot() throws IOException, InterruptedException {
        DiffusionServer open = builder().host("0.0.0.0").build();
        Diffusion4jException refused = assertThrows(Diffusion4jException.class, open::start);
        assertTrue(refused.getMessage().startsWith("host: expected 127.0.0.1"), refused.getMessage());
        open.close();
        try (DiffusionServer server = builder().host("0.0.0.0").noKey().build().start()) {
            assertTrue(raw(server, "GET /health HTTP/1.1\r\nHost: draw.example.org\r\nConnection: close\r\n\r\n")
                    .startsWith("HTTP/1.1 200"));
        }
    }

    @Test
    void pagesOfOtherOriginsMayNotAskUnlessTheyAreAllowed() throws IOException, InterruptedException {
        try (DiffusionServer server =
                builder().origin("https://draw.example.org").build().start()) {
            String port = ":" + server.uri().getPort();
            assertEquals("403", status(server, "GET / HTTP/1.1\r\nHost: evil.example.org\r\n"));
            assertEquals("403", status(server, "GET / HTTP/1.1\r\nHost: 127.0.0.1.evil.example.org" + port + "\r\n"));
            assertEquals(
                    "403",
                    status(
                            server,
                            "POST /api/v1/jobs HTTP/1.1\r\nHost: localhost" + port
                                    + "\r\nOrigin: http://evil.example.org\r\n"));
            assertEquals(
                    "403",
                    status(server, "POST /api/v1/jobs HTTP/1.1\r\nHost: localhost" + port + "\r\nOrigin: null\r\n"));
            assertEquals(
                    "200",
                    status(
                            server,
                            "GET /health HTTP/1.1\r\nHost: localhost" + port + "\r\nOrigin: http://localhost" + port
                                    + "\r\n"));
            String allowed = raw(
                    server,
                    "GET /health HTTP/1.1\r\nHost: localhost" + port
                            + "\r\nOrigin: https://draw.example.org\r\nConnection: close\r\n\r\n");
            assertTrue(allowed.contains("Access-Control-Allow-Origin: https://draw.example.org"), allowed);
            String asked = raw(
                    server,
                    "OPTIONS /api/v1/jobs HTTP/1.1\r\nHost: localhost" + port
                            + "\r\nOrigin: https://draw.example.org\r\nConnection: close\r\n\r\n");
            assertTrue(asked.startsWith("HTTP/1.1 204") && asked.contains("Access-Control-Allow-Methods"), asked);
        }
    }

    private static String status(DiffusionServer server, String request) throws IOException {
        return raw(server, request + "Content-Length: 0\r\nConnection: close\r\n\r\n")
                .split(" ")[1];
    }

    private static String raw(DiffusionServer server, String request) throws IOException {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), server.uri().getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void aFullQueueSaysSoAndTakesJobsAgain() throws IOException, InterruptedException {
        JobLimits usual = JobLimits.USUAL;
        JobLimits two = new JobLimits(2, 64, 1000, usual.pixels(), 100, usual.keptFor(), usual.keptBytes());
        try (DiffusionServer server = builder().limits(two).build().start()) {
            Client client = new Client(server.uri());
            String first = client.post("/api/v1/jobs", LONG).json().path("id").asText();
            String second = client.post("/api/v1/jobs", LONG).json().path("id").asText();
            Client.Got third = client.post("/api/v1/jobs", LONG);
            assertEquals(429, third.status());
            assertEquals(
                    "1", third.response().headers().firstValue("Retry-After").orElse(""));
            assertEquals(
                    429,
                    client.post("/v1/images/generations", "{\"prompt\": \"cat\"}")
                            .status());
            client.delete("/api/v1/jobs/" + second);
            client.delete("/api/v1/jobs/" + first);
            assertEquals(202, client.post("/api/v1/jobs", "{}").status());
            assertEquals(
                    413, client.post("/api/v1/jobs", " ".repeat((32 << 20) + 1)).status());
            String metrics = new String(client.get("/metrics").bytes(), StandardCharsets.UTF_8);
            assertTrue(metrics.contains("diffusion4j_jobs_refused_total 2\n"), metrics);
            assertTrue(metrics.contains("diffusion4j_http_answers_total{status=\"429\"} 2\n"), metrics);
        }
    }

    @Test
    void jobsOfAClientThatGoesAwayEnd() throws IOException, InterruptedException {
        try (DiffusionServer server = builder().build().start()) {
            byte[] body = "{\"prompt\": \"cat\", \"steps\": 1000, \"batch_size\": 20}".getBytes(StandardCharsets.UTF_8);
            try (Socket socket =
                    new Socket(InetAddress.getLoopbackAddress(), server.uri().getPort())) {
                socket.getOutputStream()
                        .write(("POST /sdapi/v1/txt2img HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length
                                        + "\r\n\r\n")
                                .getBytes(StandardCharsets.UTF_8));
                socket.getOutputStream().write(body);
                for (int i = 0; i < 400 && server.jobs().unfinished().isEmpty(); i++) {
                    Thread.sleep(10);
                }
                assertFalse(server.jobs().unfinished().isEmpty());
            }
            for (int i = 0; i < 400 && !server.jobs().unfinished().isEmpty(); i++) {
                Thread.sleep(10);
            }
            assertEquals(List.of(), server.jobs().unfinished());
            assertEquals("cancelled", server.jobs().all().get(0).now().state().word());
        }
    }

    @Test
    void whoeverWaitsAtTheEndIsAnsweredAndTheServerStartsAgain() throws Exception {
        DiffusionServer server = builder().build().start();
        Client client = new Client(server.uri());
        String id = client.post("/api/v1/jobs", LONG).json().path("id").asText();
        CompletableFuture<Client.Got> waiting = CompletableFuture.supplyAsync(() -> {
            try {
                return client.post("/sdapi/v1/txt2img", "{\"prompt\": \"cat\", \"steps\": 999, \"batch_size\": 20}");
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        Socket listening =
                new Socket(InetAddress.getLoopbackAddress(), server.uri().getPort());
        listening.setSoTimeout(20_000);
        listening
                .getOutputStream()
                .write(("GET /api/v1/jobs/" + id + "/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        .getBytes(StandardCharsets.UTF_8));
        for (int i = 0; i < 400 && server.jobs().unfinished().size() < 2; i++) {
            Thread.sleep(10);
        }
        long begin = System.nanoTime();
        server.stop(Duration.ofMillis(300));
        double seconds = (System.nanoTime() - begin) / 1e9;
        assertTrue(seconds < 8, seconds + " s");
        assertEquals(503, waiting.get().status());
        try (InputStream events = listening.getInputStream()) {
            String all = new String(events.readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(all.contains("\"state\":\"lost\""), all);
        }
        listening.close();
        try (DiffusionServer again = builder().build().start()) {
            Client other = new Client(again.uri());
            JsonNode job = other.ended(
                    other.post("/api/v1/jobs", "{}").json().path("id").asText());
            assertEquals("done", job.path("state").asText());
        }
    }

    @Test
    void eventsTellOfEachStepWithPreviews() throws IOException, InterruptedException {
        try (DiffusionServer server = builder().build().start()) {
            Client client = new Client(server.uri());
            String id = client.post("/api/v1/jobs", "{\"steps\": 150, \"images\": 8}")
                    .json()
                    .path("id")
                    .asText();
            String events = raw(
                    server,
                    "GET /api/v1/jobs/" + id + "/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            assertTrue(events.contains("Content-Type: text/event-stream"), events);
            List<String> names = new ArrayList<>();
            String name = "";
            for (String line : events.lines().toList()) {
                if (line.startsWith("event: ")) {
                    name = line.substring(7);
                    names.add(name);
                } else if (line.startsWith("data: ")) {
                    client.assertValid(name.equals("job") ? "Job" : "Preview", line.substring(6));
                }
            }
            assertTrue(names.contains("preview"), names::toString);
            assertTrue(Collections.frequency(names, "job") >= 2, names::toString);
            assertTrue(events.contains("\"state\":\"done\""), events);
        }
    }

    @Test
    void weightsAreLetGoForThoseOfAnotherModel() throws IOException, InterruptedException {
        Path other = TinyModels.unconditional(folder.resolve("things"));
        try (DiffusionServer server =
                builder().model(other.toString()).modelBytes(1).build().start()) {
            Client client = new Client(server.uri());
            client.ended(client.post("/api/v1/jobs", "{\"model\": \"animals\"}")
                    .json()
                    .path("id")
                    .asText());
            assertTrue(server.models().find("animals").orElseThrow().isInMemory());
            client.ended(client.post("/api/v1/jobs", "{\"model\": \"things\", \"steps\": 2}")
                    .json()
                    .path("id")
                    .asText());
            assertTrue(server.models().find("things").orElseThrow().isInMemory());
            assertFalse(server.models().find("animals").orElseThrow().isInMemory());
            JsonNode again = client.ended(client.post("/api/v1/jobs", "{\"model\": \"animals\"}")
                    .json()
                    .path("id")
                    .asText());
            assertEquals("done", again.path("state").asText());
        }
    }
}
