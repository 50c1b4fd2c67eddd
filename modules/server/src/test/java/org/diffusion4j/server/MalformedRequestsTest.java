package org.diffusion4j.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.diffusion4j.server.job.JobLimits;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests that are broken in all ways: none gets more than it may know, and the server goes on. */
class MalformedRequestsTest {
    private static final int FEW = 400;
    private static final int MANY = 10_000;

    private static final List<String> PATHS = List.of(
            "/api/v1/jobs",
            "/api/v1/jobs/x",
            "/api/v1/jobs/x/events",
            "/api/v1/models/animals",
            "/api/v1/runs/x/samples/1",
            "/v1/images/generations",
            "/v1/images/edits",
            "/v1/models",
            "/sdapi/v1/txt2img",
            "/sdapi/v1/img2img",
            "/sdapi/v1/options",
            "/sdapi/v1/progress",
            "/",
            "/../../etc/passwd",
            "/%2e%2e/%2e%2e/etc/passwd",
            "/api/v1/models/%2fetc%2fpasswd");

    private static final List<String> BODIES = List.of(
            "{\"model\":\"animals\",\"labels\":\"cat\",\"steps\":2,\"seed\":3,\"sampler_options\":{\"eta\":0.5}}",
            "{\"model\":\"pipeline-sd-tiny\",\"prompt\":\"a castle\",\"steps\":1,\"width\":16,\"height\":16,\"init_image\":\"iVBORw0KGgo=\"}",
            "{\"prompt\":\"cat\",\"n\":1,\"size\":\"16x16\",\"response_format\":\"b64_json\"}",
            "{\"prompt\":\"cat\",\"steps\":1,\"sampler_name\":\"Euler a\",\"init_images\":[\"iVBORw0KGgo=\"],\"override_settings\":{}}",
            "--b\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data;"
                    + " name=\"image\"; filename=\"/etc/passwd\"\r\n\r\nGIF89a\r\n--b--\r\n");

    private static final List<String> PIECES = List.of(
            "{",
            "}",
            "[",
            "]",
            "\"",
            ":",
            ",",
            "null",
            "true",
            "-1",
            "1e400",
            "99999999999999999999",
            "0.1",
            "\\u0000",
            "NaN",
            "\r\n",
            "--b",
            "\0",
            "é",
            "[[[[[[[[",
            "{\"a\":",
            "\"model\":\"../../etc\"",
            "-0",
            " ");

    @TempDir
    static Path folder;

    private static DiffusionServer server;
    private static Client client;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        JobLimits usual = JobLimits.USUAL;
        server = DiffusionServer.builder()
                .model(TinyModels.classes(folder.resolve("animals")).toString())
                .model(TinyModels.TEXT.toString())
                .limits(new JobLimits(8, 4, 20, 64 * 64, 200, usual.keptFor(), usual.keptBytes()))
                .port(0)
                .build()
                .start();
        client = new Client(server.uri());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void someOfThemLeakNothingAndBreakNothing() throws IOException, InterruptedException {
        run(FEW, 1);
    }

    @Test
    @Tag("slow")
    void tenThousandOfThemLeakNothingAndBreakNothing() throws IOException, InterruptedException {
        run(MANY, 2);
    }

    private static void run(int requests, long seed) throws IOException, InterruptedException {
        Random random = new Random(seed);
        List<Socket> halfOpen = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            byte[] request = request(random);
            if (random.nextInt(20) == 0) {
                Socket left = new Socket(
                        InetAddress.getLoopbackAddress(), server.uri().getPort());
                left.getOutputStream().write(request, 0, random.nextInt(request.length));
                halfOpen.add(left);
                if (halfOpen.size() > 20) {
                    halfOpen.remove(0).close();
                }
                continue;
            }
            check(i, request, answer(request));
        }
        for (Socket left : halfOpen) {
            left.close();
        }
        for (int i = 0; i < 400 && !server.jobs().unfinished().isEmpty(); i++) {
            Thread.sleep(25);
        }
        assertEquals(200, client.get("/health").status());
        String id = client.post("/api/v1/jobs", "{\"model\": \"animals\"}")
                .json()
                .path("id")
                .asText();
        assertEquals("done", client.ended(id).path("state").asText());
    }

    private static byte[] request(Random random) throws IOException {
        byte[] body = mutated(random, BODIES.get(random.nextInt(BODIES.size())).getBytes(StandardCharsets.UTF_8));
        boolean form = random.nextInt(4) == 0;
        StringBuilder head = new StringBuilder();
        head.append(
                random.nextInt(30) == 0
                        ? "BREW"
                        : List.of("POST", "POST", "POST", "GET", "DELETE", "OPTIONS", "HEAD")
                                .get(random.nextInt(7)));
        head.append(' ').append(PATHS.get(random.nextInt(PATHS.size())));
        head.append(random.nextInt(10) == 0 ? "?previews=%zz&a=%00" : "").append(" HTTP/1.1\r\n");
        head.append("Host: localhost\r\nConnection: close\r\n");
        head.append("Content-Type: ")
                .append(form ? "multipart/form-data; boundary=b" : "application/json")
                .append("\r\n");
        if (random.nextInt(8) == 0) {
            head.append("Authorization: Basic ")
                    .append(PIECES.get(random.nextInt(PIECES.size())).strip())
                    .append("\r\n");
        }
        int wrong = random.nextInt(20);
        head.append(
                wrong == 0
                        ? "Content-Length: -5\r\n"
                        : wrong == 1
                                ? "Transfer-Encoding: chunked\r\n"
                                : wrong == 2
                                        ? "Content-Length: 999999999\r\n"
                                        : "Content-Length: " + body.length + "\r\n");
        head.append("\r\n");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] bytes = head.toString().getBytes(StandardCharsets.ISO_8859_1);
        out.write(random.nextInt(15) == 0 ? mutated(random, bytes) : bytes);
        out.write(body);
        return out.toByteArray();
    }

    private static byte[] mutated(Random random, byte[] bytes) throws IOException {
        byte[] changed = bytes.clone();
        for (int i = random.nextInt(4); i > 0 && changed.length > 0; i--) {
            int at = random.nextInt(changed.length);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            switch (random.nextInt(4)) {
                case 0 -> { // a piece more
                    out.write(changed, 0, at);
                    out.write(PIECES.get(random.nextInt(PIECES.size())).getBytes(StandardCharsets.UTF_8));
                    out.write(changed, at, changed.length - at);
                }
                case 1 -> out.write(changed, 0, at); // cut
                case 2 -> { // some left out
                    int until = Math.min(changed.length, at + 1 + random.nextInt(8));
                    out.write(changed, 0, at);
                    out.write(changed, until, changed.length - until);
                }
                default -> {
                    changed[at] = (byte) random.nextInt(256);
                    out.write(changed);
                }
            }
            changed = out.toByteArray();
        }
        return changed;
    }

    private static String answer(byte[] request) throws IOException {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), server.uri().getPort())) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write(request);
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (SocketTimeoutException e) {
            throw new AssertionError("no answer to " + shown(request), e);
        } catch (IOException e) {
            return ""; // closed before all of it was sent
        }
    }

    private static void check(int number, byte[] request, String answer) {
        String what = "request " + number + ": " + shown(request) + "\nanswer: " + answer;
        if (!answer.isEmpty()) {
            int status = Integer.parseInt(answer.split(" ", 3)[1]);
            // 501 and 505 say of the request that there is no such thing in HTTP.
            assertTrue(status < 500 || status == 501 || status == 505, what);
        }
        String told = answer.replace("HTTPException", ""); // a word of AUTOMATIC1111's
        for (String leak : List.of(
                "Exception",
                "\tat ",
                ".java",
                "goldens",
                "root:",
                folder.toString(),
                System.getProperty("user.home") + "/")) {
            assertFalse(told.toLowerCase(Locale.ROOT).contains(leak.toLowerCase(Locale.ROOT)), what);
        }
    }

    private static String shown(byte[] request) {
        return new String(request, 0, Math.min(request.length, 600), StandardCharsets.ISO_8859_1);
    }
}
