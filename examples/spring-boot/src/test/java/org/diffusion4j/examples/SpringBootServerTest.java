package org.diffusion4j.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.StreamSupport;
import org.diffusion4j.server.DiffusionServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** The server as a servlet within Spring Boot's Tomcat, by a real client. */
class SpringBootServerTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String KEY = "only-for-this-test";

    @TempDir
    static Path folder;

    private static ConfigurableApplicationContext application;
    private static URI base;
    private static int port;
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @BeforeAll
    static void start() throws IOException {
        Path keys = Files.writeString(folder.resolve("keys"), KEY + "\n");
        application = run("--diffusion4j.api-key-file=" + keys);
        port = Integer.parseInt(application.getEnvironment().getProperty("local.server.port"));
        base = URI.create("http://127.0.0.1:" + port + "/draw/");
    }

    @AfterAll
    static void stop() {
        application.close();
    }

    private static ConfigurableApplicationContext run(String... more) {
        SpringApplication spring = new SpringApplication(SpringBootServer.class);
        String[] arguments = new String[more.length + 3];
        arguments[0] = "--server.port=0";
        arguments[1] = "--spring.main.banner-mode=off";
        arguments[2] = "--logging.level.root=warn";
        System.arraycopy(more, 0, arguments, 3, more.length);
        return spring.run(arguments);
    }

    private static HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(base.resolve(path))
                .timeout(Duration.ofSeconds(60))
                .header("X-API-Key", KEY);
    }

    private static HttpResponse<byte[]> got(HttpRequest.Builder request) throws IOException, InterruptedException {
        return HTTP.send(request.build(), BodyHandlers.ofByteArray());
    }

    private static JsonNode posted(String path, String json, int status) throws IOException, InterruptedException {
        return posted(path, "application/json", BodyPublishers.ofString(json), status);
    }

    private static JsonNode posted(String path, String type, BodyPublisher body, int status)
            throws IOException, InterruptedException {
        HttpResponse<byte[]> response =
                got(to(path).header("Content-Type", type).POST(body));
        String text = new String(response.body(), StandardCharsets.UTF_8);
        assertEquals(status, response.statusCode(), text);
        return JSON.readTree(text);
    }

    private static byte[] drawn(String json) throws IOException, InterruptedException {
        JsonNode answer = posted("sdapi/v1/txt2img", json, 200);
        return Base64.getDecoder().decode(answer.path("images").path(0).asText());
    }

    @Test
    void thePageIsAtThePlaceOfTheServlet() throws IOException, InterruptedException {
        HttpResponse<byte[]> page = got(HttpRequest.newBuilder(base));
        assertEquals(200, page.statusCode());
        assertEquals(
                "text/html;charset=utf-8",
                page.headers().firstValue("Content-Type").orElse("").replace(" ", ""));
        assertEquals(200, got(to("page.js")).statusCode());
        HttpResponse<byte[]> without = got(HttpRequest.newBuilder(base.resolve("/draw")));
        assertEquals(308, without.statusCode());
        assertEquals("/draw/", without.headers().firstValue("Location").orElse(""));
        assertEquals(404, got(to("/elsewhere")).statusCode());
    }

    @Test
    void picturesAreThoseOfEachInterface() throws IOException, InterruptedException {
        byte[] picture = drawn("{\"prompt\": \"7\", \"seed\": 3, \"steps\": 2}");
        String request = "{\"model\": \"ddpm-mnist\", \"prompt\": \"7\", \"response_format\": \"url\"}";
        String address = posted("v1/images/generations", request, 200)
                .path("data")
                .path(0)
                .path("url")
                .asText();
        assertTrue(address.startsWith(base + "api/v1/jobs/"), address);
        assertEquals(200, got(to(address)).statusCode());
        assertEquals("PNG", new String(picture, 1, 3, StandardCharsets.US_ASCII));
        assertArrayEquals(picture, drawn("{\"prompt\": \"7\", \"seed\": 3, \"steps\": 2}"));
    }

    @Test
    void eventsComeWhileAJobIsDrawn() throws IOException, InterruptedException {
        JsonNode job = posted("api/v1/jobs", "{\"model\": \"ddpm-mnist\", \"labels\": \"7\", \"steps\": 4}", 202);
        List<String> events = HTTP.send(
                        to("api/v1/jobs/" + job.path("id").asText() + "/events").build(), BodyHandlers.ofLines())
                .body()
                .filter(line -> line.startsWith("data: "))
                .toList();
        assertTrue(events.get(events.size() - 1).contains("\"done\""), events::toString);
    }

    /** A model of texts, which could draw from a picture, would take longer: that this one can't is told by who has read the whole form. */
    @Test
    void aFormIsRead() throws IOException, InterruptedException {
        String form = String.join(
                "\r\n",
                "--b",
                "Content-Disposition: form-data; name=\"model\"",
                "",
                "ddpm-mnist",
                "--b",
                "Content-Disposition: form-data; name=\"prompt\"",
                "",
                "7",
                "--b",
                "Content-Disposition: form-data; name=\"image\"; filename=\"a.png\"",
                "",
                "");
        byte[] picture = drawn("{\"prompt\": \"7\", \"seed\": 3, \"steps\": 2}");
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.writeBytes(form.getBytes(StandardCharsets.UTF_8));
        whole.writeBytes(picture);
        String type = "multipart/form-data; boundary=b";
        String broken = posted("v1/images/edits", type, BodyPublishers.ofByteArray(whole.toByteArray()), 400)
                .at("/error/message")
                .asText();
        assertTrue(broken.contains("expected a whole form"), broken);
        whole.writeBytes("\r\n--b--\r\n".getBytes(StandardCharsets.UTF_8));
        String message = posted("v1/images/edits", type, BodyPublishers.ofByteArray(whole.toByteArray()), 400)
                .at("/error/message")
                .asText();
        assertTrue(message.contains("ddpm-mnist"), message);
    }

    @Test
    void whoeverHasNoKeyOrSendsTooMuchIsTold() throws IOException, InterruptedException {
        assertEquals(
                401, got(HttpRequest.newBuilder(base.resolve("api/v1/models"))).statusCode());
        assertEquals(200, got(HttpRequest.newBuilder(base.resolve("health"))).statusCode());
        byte[] large = new byte[(32 << 20) + 1];
        String message = posted("api/v1/jobs", "application/json", BodyPublishers.ofByteArray(large), 413)
                .path("error")
                .path("message")
                .asText();
        assertTrue(message.startsWith("body: expected at most 33554432 bytes"), message);
        assertEquals(200, got(to("api/v1/models")).statusCode());
        posted("api/v1/jobs", "{", 400);
        assertEquals(405, got(to("api/v1/models").DELETE()).statusCode());
        assertEquals(400, got(to("api/v1/runs?x=%ff")).statusCode());
    }

    @Test
    void aJobWhoseClientGoesAwayIsCancelled() throws IOException, InterruptedException {
        try (Socket socket = longJob()) {
            awaitState("running");
            // A client that waits isn't taken for one that has gone.
            socket.setSoTimeout(1200);
            assertThrows(
                    SocketTimeoutException.class, () -> socket.getInputStream().read());
            assertEquals(1, jobs("running"));
        }
        awaitState("cancelled");
    }

    /** More of them than the server has at once, so that one of the last would be refused if the first were still there. */
    @Test
    void streamsOfEventsEndWhenTheirClientsGoAway() throws IOException, InterruptedException {
        String job = "api/v1/jobs/"
                + posted("api/v1/jobs", "{\"model\": \"ddpm-mnist\", \"labels\": \"7\", \"steps\": 1000}", 202)
                        .path("id")
                        .asText();
        long until = System.nanoTime() + 30_000_000_000L;
        for (int begun = 0; begun < 600 && System.nanoTime() < until; ) {
            if (beginsEvents(job)) {
                begun++;
            } else {
                Thread.sleep(50);
            }
        }
        assertTrue(System.nanoTime() < until, "streams of clients that went away are still counted");
        got(to(job).DELETE());
        got(to(job).DELETE()); // and forgets it
    }

    /** Goes away after the first event. */
    private static boolean beginsEvents(String job) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream()
                    .write(("GET /draw/" + job + "/events?previews=false HTTP/1.1\r\nHost: localhost\r\nX-API-Key: "
                                    + KEY + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            String status = new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
            assertTrue(List.of("HTTP/1.1 200", "HTTP/1.1 429").contains(status), status);
            return status.endsWith("200");
        }
    }

    /** In a second application, as it is closed. */
    @Test
    void clientsAreToldOfJobsThatAreLostWhenTheApplicationIsClosed() throws Exception {
        ConfigurableApplicationContext second = run();
        int other = Integer.parseInt(second.getEnvironment().getProperty("local.server.port"));
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + other + "/draw/sdapi/v1/txt2img"))
                .POST(BodyPublishers.ofString(LONG))
                .build();
        CompletableFuture<HttpResponse<String>> answer = HTTP.sendAsync(request, BodyHandlers.ofString());
        DiffusionServer server = second.getBean(DiffusionServer.class);
        for (int i = 0; i < 400 && server.jobs().counts().now().steps().isEmpty(); i++) {
            Thread.sleep(10);
        }
        long begun = System.nanoTime();
        server.stop(Duration.ZERO);
        second.close();
        assertEquals(503, answer.get().statusCode(), answer.get().body());
        assertTrue(System.nanoTime() - begun < 8_000_000_000L, "it took long");
    }

    private static final String LONG = "{\"prompt\": \"7\", \"steps\": 1000, \"batch_size\": 4}";

    private static Socket longJob() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.getOutputStream()
                .write(("POST /draw/sdapi/v1/txt2img HTTP/1.1\r\nHost: localhost\r\nX-API-Key: " + KEY
                                + "\r\nContent-Type: application/json\r\nContent-Length: " + LONG.length() + "\r\n\r\n"
                                + LONG)
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static long jobs(String state) throws IOException, InterruptedException {
        JsonNode jobs = JSON.readTree(got(to("api/v1/jobs")).body()).path("jobs");
        return StreamSupport.stream(jobs.spliterator(), false)
                .filter(job -> job.path("state").asText().equals(state))
                .count();
    }

    private static void awaitState(String state) throws IOException, InterruptedException {
        for (int i = 0; i < 200; i++) {
            if (jobs(state) > 0) {
                return;
            }
            Thread.sleep(25);
        }
        throw new AssertionError("no job is " + state);
    }
}
