package org.diffusion4j.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several threads and programs that fetch into one cache, and programs that are killed while they do. */
class SharedCacheTest {
    private static final int CHUNK = 1 << 16;

    @TempDir
    private Path temp;

    private final ServedFile file = new ServedFile(40 * CHUNK, 2);

    /** Takes half a second for the file, so that there is time to meet. */
    private void slowly(RawHub.Request request, OutputStream out) throws IOException, InterruptedException {
        if (request.method().equals("HEAD")) {
            file.facts(out);
            return;
        }
        file.contentHead(request.from(), out);
        for (int from = request.from(); from < file.bytes.length; from += CHUNK) {
            out.write(file.bytes, from, Math.min(CHUNK, file.bytes.length - from));
            out.flush();
            Thread.sleep(12);
        }
    }

    private Process start(RawHub hub) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        FetchingProcess.class.getName(),
                        hub.at("127.0.0.1").toString(),
                        temp.resolve("cache").toString())
                .redirectErrorStream(true)
                .redirectOutput(Files.createTempFile(temp, "process", ".log").toFile())
                .start();
    }

    @Test
    void threadsFetchAFileOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(6);
        try (RawHub hub = new RawHub(this::slowly)) {
            List<Future<Path>> found = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                found.add(threads.submit(() -> ServedFile.fetch(hub, temp.resolve("cache"))));
            }
            for (Future<Path> each : found) {
                assertTrue(file.is(each.get(60, TimeUnit.SECONDS)));
            }
            assertEquals(1, hub.count("GET"));
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void programsFetchAFileOnce() throws Exception {
        try (RawHub hub = new RawHub(this::slowly)) {
            List<Process> processes = List.of(start(hub), start(hub));
            for (Process process : processes) {
                assertTrue(process.waitFor(2, TimeUnit.MINUTES), "it hangs");
                assertEquals(0, process.exitValue());
            }
            assertEquals(1, hub.count("GET"));
        }
    }

    @Test
    void aProgramThatIsKilledThreeTimesLeavesNoBrokenFile() throws Exception {
        killAndGoOn(3);
    }

    @Test
    @Tag("slow")
    void programsThatAreKilledFiftyTimesLeaveNoBrokenFile() throws Exception {
        killAndGoOn(50);
    }

    /** Kills programs while bytes arrive; after every third one is left alone to its end. */
    private void killAndGoOn(int kills) throws Exception {
        Random random = new Random();
        Path cache = temp.resolve("cache");
        try (RawHub hub = new RawHub(this::slowly)) {
            for (int killed = 1; killed <= kills; killed++) {
                long asked = hub.count("GET");
                Process process = start(hub);
                while (process.isAlive() && hub.count("GET") == asked) {
                    Thread.sleep(5);
                }
                process.waitFor(random.nextInt(500), TimeUnit.MILLISECONDS);
                process.destroyForcibly().waitFor(); // SIGKILL
                assertOnlyWhole(cache);
                if (killed % 3 == 0 || killed == kills) {
                    assertTrue(file.is(ServedFile.fetch(hub, cache)));
                    assertOnlyWhole(cache);
                    new HubCache(cache).remove(ServedFile.REPOSITORY, java.util.Optional.empty());
                }
            }
            assertTrue(hub.requests().stream().anyMatch(request -> request.from() > 0), "nothing was gone on with");
        }
    }

    private void assertOnlyWhole(Path cache) throws IOException {
        for (Path content : ServedFile.contents(cache)) {
            assertTrue(file.is(content), content.toString());
        }
        Path pointer = new RepositoryFolder(cache, ServedFile.REPOSITORY).pointer(ServedFile.COMMIT, ServedFile.NAME);
        assertTrue(!Files.exists(pointer) || file.is(pointer));
    }
}
