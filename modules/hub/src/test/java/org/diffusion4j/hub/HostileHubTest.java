package org.diffusion4j.hub;

import static org.diffusion4j.hub.RawHub.head;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.diffusion4j.hub.HubException.Reason;
import org.diffusion4j.hub.RawHub.Request;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Servers that don't do what they should: never is a part of a file taken for all of it, and never does the token go elsewhere. */
class HostileHubTest {
    @TempDir
    private Path cache;

    private final ServedFile file = new ServedFile(300_000, 1);

    /** What a server does when it is asked for the content. */
    private interface Content {
        void send(Request request, OutputStream out) throws IOException, InterruptedException;
    }

    private RawHub hub(Content content) throws IOException {
        return new RawHub((request, out) -> {
            if (request.method().equals("HEAD")) {
                file.facts(out);
            } else {
                content.send(request, out);
            }
        });
    }

    private void assertWhole(Path found) throws IOException {
        assertTrue(file.is(found));
        assertEquals(List.of(file.etag), names(ServedFile.contents(cache)));
    }

    private static List<String> names(List<Path> paths) {
        return paths.stream().map(path -> path.getFileName().toString()).toList();
    }

    private HubException assertNothing(Reason reason, RawHub hub) throws IOException {
        HubException fault = assertThrows(HubException.class, () -> ServedFile.fetch(hub, cache));
        assertEquals(reason, fault.reason(), fault.getMessage());
        assertEquals(List.of(), ServedFile.contents(cache));
        return fault;
    }

    @Test
    void aConnectionThatIsCutAtRandomBytesIsGoneOnWith() throws IOException {
        Random random = new Random(7);
        try (RawHub hub = hub((request, out) -> {
            file.contentHead(request.from(), out);
            int rest = file.bytes.length - request.from();
            out.write(file.bytes, request.from(), Math.min(rest, random.nextInt(60_000)));
        })) {
            assertWhole(ServedFile.fetch(hub, cache));
            assertTrue(hub.requests().stream().anyMatch(request -> request.from() > 0));
        }
    }

    @Test
    void aConnectionThatNeverGivesAByteIsGivenUp() throws IOException {
        try (RawHub hub = hub((request, out) -> file.contentHead(request.from(), out))) {
            assertNothing(Reason.UNREACHABLE, hub);
            assertEquals(5, hub.count("GET"));
        }
    }

    @Test
    void whatAnEarlierProgramFetchedIsNotFetchedAgain() throws IOException {
        Files.createDirectories(file.partial(cache).getParent());
        Files.write(file.partial(cache), Arrays.copyOf(file.bytes, 200_000));
        try (RawHub hub = hub(file::content)) {
            assertWhole(ServedFile.fetch(hub, cache));
            assertEquals(200_000, hub.requests().get(1).from());
            assertEquals(1, hub.count("GET"));
        }
    }

    @TestFactory
    Stream<DynamicTest> remainsThatAreOfNoUseAreFetchedAnew() {
        byte[] wrong = new byte[200_000];
        byte[] tooLong = Arrays.copyOf(file.bytes, 300_001);
        return Map.of("wrong bytes", wrong, "too many bytes", tooLong, "all of them wrong", new byte[300_000])
                .entrySet()
                .stream()
                .map(each -> DynamicTest.dynamicTest(each.getKey(), () -> {
                    Path own = Files.createTempDirectory(cache, "own");
                    Files.createDirectories(file.partial(own).getParent());
                    Files.write(file.partial(own), each.getValue());
                    try (RawHub hub = hub(file::content)) {
                        assertTrue(file.is(ServedFile.fetch(hub, own)));
                        assertFalse(Files.exists(file.partial(own)));
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> aServerThatCannotContinueGivesAllOfIt() {
        Map<String, Content> servers = Map.of(
                "ignores the range",
                        (request, out) -> {
                            file.contentHead(0, out);
                            out.write(file.bytes);
                        },
                "says 416",
                        (request, out) -> {
                            if (request.from() > 0) {
                                head(out, 416, "Content-Range: bytes */5", "Content-Length: 0");
                            } else {
                                file.content(request, out);
                            }
                        },
                "continues elsewhere",
                        (request, out) -> {
                            if (request.from() > 0) {
                                file.contentHead(request.from() - 1, out);
                                out.write(file.bytes, request.from() - 1, file.bytes.length - request.from() + 1);
                            } else {
                                file.content(request, out);
                            }
                        },
                "continues with other bytes",
                        (request, out) -> {
                            file.contentHead(request.from(), out);
                            byte[] sent = request.from() > 0 ? new byte[file.bytes.length] : file.bytes;
                            out.write(sent, request.from(), sent.length - request.from());
                        });
        return servers.entrySet().stream()
                .map(each -> DynamicTest.dynamicTest(each.getKey(), () -> {
                    Path own = Files.createTempDirectory(cache, "own");
                    Files.createDirectories(file.partial(own).getParent());
                    Files.write(file.partial(own), Arrays.copyOf(file.bytes, 1000));
                    try (RawHub hub = hub(each.getValue())) {
                        assertTrue(file.is(ServedFile.fetch(hub, own)));
                    }
                }));
    }

    @Test
    void otherBytesAreRefused() throws IOException {
        try (RawHub hub = hub((request, out) -> {
            file.contentHead(0, out);
            out.write(new byte[file.bytes.length]);
        })) {
            assertNothing(Reason.DAMAGED, hub);
            assertFalse(Files.exists(file.partial(cache)));
        }
    }

    @Test
    void anAnnouncedLengthThatIsNotTheFilesIsRefused() throws IOException {
        try (RawHub hub = hub((request, out) -> {
            head(out, 200, "Content-Length: 1000");
            out.write(file.bytes, 0, 1000);
        })) {
            assertNothing(Reason.DAMAGED, hub);
        }
    }

    @Test
    void moreBytesThanTheFileHasAreRefused() throws IOException {
        try (RawHub hub = hub((request, out) -> {
            head(out, 200);
            out.write(file.bytes);
            out.write(new byte[100_000]);
        })) {
            assertNothing(Reason.DAMAGED, hub);
        }
    }

    @Test
    void aFileWithoutALengthIsWholeWhenItsSumIsRight() throws IOException {
        try (RawHub hub = new RawHub((request, out) -> {
            if (request.method().equals("HEAD")) {
                head(out, 200, "X-Repo-Commit: " + ServedFile.COMMIT, "ETag: \"" + file.etag + "\"");
            } else {
                head(out, 200);
                out.write(file.bytes);
            }
        })) {
            assertWhole(ServedFile.fetch(hub, cache));
        }
    }

    @Test
    void aServerThatFallsSilentIsAskedAgain() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        try (RawHub hub = hub((request, out) -> {
            file.contentHead(request.from(), out);
            if (asked.getAndIncrement() == 0) {
                out.write(file.bytes, 0, 1000);
                Thread.sleep(30_000);
            } else {
                out.write(file.bytes, request.from(), file.bytes.length - request.from());
            }
        })) {
            HubSettings hasty = ServedFile.settings(hub, cache).toBuilder()
                    .stallTimeout(Duration.ofMillis(200))
                    .build();
            assertWhole(HubClient.of(hasty).file(ServedFile.REPOSITORY, "main", ServedFile.NAME));
        }
    }

    @Test
    void theTokenStaysWithTheHubWhateverItIsRedirectedTo() throws IOException {
        try (RawHub hub = new RawHub((request, out) -> file.answer(request, out));
                RawHub elsewhere = new RawHub((request, out) ->
                        head(out, 302, "Location: " + hub.at("127.0.0.1") + "/back", "Content-Length: 0"));
                RawHub first = new RawHub((request, out) -> {
                    if (request.method().equals("HEAD")) {
                        head(
                                out,
                                302,
                                "Location: " + elsewhere.at("localhost") + "/a?signature=b|c",
                                "X-Repo-Commit: " + ServedFile.COMMIT,
                                "X-Linked-Etag: \"" + file.etag + "\"",
                                "X-Linked-Size: " + file.bytes.length);
                    } else {
                        head(out, 302, "Location: " + elsewhere.at("localhost") + "/a", "Content-Length: 0");
                    }
                })) {
            assertWhole(ServedFile.fetch(first, cache));
            assertTrue(first.requests().stream()
                    .allMatch(request -> request.header("authorization").equals("Bearer hf_secret")));
            assertEquals(1, elsewhere.requests().size());
            assertEquals("", elsewhere.requests().get(0).header("authorization"));
            assertEquals("", hub.requests().get(0).header("authorization"), "it has been elsewhere meanwhile");
        }
    }

    @Test
    void refusalsSayWhatIsWrong() throws IOException {
        Map<Integer, Reason> reasons = Map.of(
                401, Reason.NOT_ALLOWED,
                403, Reason.NOT_ALLOWED,
                404, Reason.NO_SUCH_FILE,
                410, Reason.UNUSABLE_ANSWER,
                416, Reason.UNUSABLE_ANSWER,
                429, Reason.BUSY,
                500, Reason.BUSY,
                503, Reason.BUSY);
        for (Map.Entry<Integer, Reason> each : reasons.entrySet()) {
            try (RawHub hub = new RawHub((request, out) -> head(out, each.getKey(), "Content-Length: 0"))) {
                HubException fault = assertNothing(each.getValue(), hub);
                assertTrue(fault.getMessage().startsWith("hf:someone/model, unet/weights.safetensors: expected "));
                assertFalse(fault.getMessage().contains("hf_secret"));
            }
            if (each.getKey() != 416) {
                try (RawHub hub = hub((request, out) -> head(out, each.getKey(), "Content-Length: 0"))) {
                    assertNothing(each.getValue(), hub);
                }
            }
        }
    }

    @Test
    void aServerThatIsBusyIsAskedAgain() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        try (RawHub hub = new RawHub((request, out) -> {
            int number = asked.getAndIncrement();
            if (number % 3 != 2) {
                head(out, number % 3 == 0 ? 429 : 502, "Retry-After: 1", "Content-Length: 0");
            } else {
                file.answer(request, out);
            }
        })) {
            assertWhole(ServedFile.fetch(hub, cache));
        }
    }

    @Test
    void aServerThatDoesAnythingNeverLeavesAWrongFile() throws IOException {
        for (int seed = 0; seed < 25; seed++) {
            Random random = new Random(seed);
            Path own = Files.createTempDirectory(cache, "own");
            try (RawHub hub = hub((request, out) -> anything(random, request, out))) {
                for (int start = 0; start < 2; start++) {
                    try {
                        assertArrayEquals(file.bytes, Files.readAllBytes(ServedFile.fetch(hub, own)));
                    } catch (HubException e) {
                        assertTrue(e.reason() != Reason.CACHE, e.getMessage());
                    }
                    for (Path content : ServedFile.contents(own)) {
                        assertTrue(file.is(content), "seed " + seed);
                    }
                }
            }
        }
    }

    /** Any status, any length, any range, any bytes, cut anywhere. */
    private void anything(Random random, Request request, OutputStream out) throws IOException {
        int[] statuses = {200, 200, 206, 206, 206, 206, 206, 416, 500, 429};
        int status = statuses[random.nextInt(statuses.length)];
        int from = random.nextInt(6) == 0 ? random.nextInt(file.bytes.length) : request.from();
        byte[] all = random.nextInt(8) == 0 ? new byte[file.bytes.length] : file.bytes;
        int length = random.nextInt(5) == 0 ? random.nextInt(400_000) : all.length - from;
        int sent = Math.min(all.length - from, random.nextBoolean() ? random.nextInt(200_000) : all.length);
        head(
                out,
                from == 0 && status == 206 ? 200 : status,
                random.nextInt(6) == 0 ? "X-Nothing: 1" : "Content-Length: " + length,
                "Content-Range: bytes " + from + "-" + (all.length - 1) + "/" + all.length);
        out.write(all, from, sent);
    }
}
