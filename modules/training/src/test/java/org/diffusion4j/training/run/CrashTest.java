package org.diffusion4j.training.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.diffusion4j.weights.file.Sha256;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Runs that are ended from outside. */
class CrashTest {
    @TempDir
    private static Path runs;

    /** Runs that nothing disturbed, and how long they took. */
    private static final Map<RunProcess.Kind, Whole> WHOLE = new EnumMap<>(RunProcess.Kind.class);

    private record Whole(Path folder, long millis) {}

    @TempDir
    private Path temp;

    private static Whole whole(RunProcess.Kind kind) throws IOException, InterruptedException {
        if (!WHOLE.containsKey(kind)) {
            Path folder = runs.resolve("whole-" + kind);
            long before = System.nanoTime();
            runToTheEnd(kind, folder, runs.resolve("log-" + kind));
            WHOLE.put(kind, new Whole(folder, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before)));
        }
        return WHOLE.get(kind);
    }

    private Process start(RunProcess.Kind kind, Path folder, String... wrapper) throws IOException {
        return RunProcess.start(kind, folder, temp.resolve("log"), List.of(wrapper));
    }

    private void runToTheEnd(RunProcess.Kind kind, Path folder) throws IOException, InterruptedException {
        runToTheEnd(kind, folder, temp.resolve("log"));
    }

    private static void runToTheEnd(RunProcess.Kind kind, Path folder, Path log)
            throws IOException, InterruptedException {
        Process process = RunProcess.start(kind, folder, log, List.of());
        assertTrue(process.waitFor(5, TimeUnit.MINUTES), "the run hangs");
        assertEquals(0, process.exitValue(), Files.readString(log));
    }

    @Test
    void aRunThatIsKilledIsNotLost() throws Exception {
        killAndGoOn(RunProcess.Kind.CLASSES, 1);
    }

    @ParameterizedTest
    @EnumSource
    @Tag("slow")
    void runsThatAreKilledManyTimesAreNotLost(RunProcess.Kind kind) throws Exception {
        killAndGoOn(kind, 25);
    }

    /** Each run is killed up to three times, and then ends as one that wasn't. */
    private void killAndGoOn(RunProcess.Kind kind, int kills) throws Exception {
        long millis = whole(kind).millis;
        Random random = new Random();
        int killed = 0;
        while (killed < kills) {
            Path folder = Files.createTempDirectory(temp, "killed");
            for (int start = 0; start < Math.min(3, kills); start++) {
                Process process = start(kind, folder);
                // Anywhere between the JVM's start and the run's end.
                if (!process.waitFor(millis / 4 + random.nextLong(millis * 3 / 4), TimeUnit.MILLISECONDS)) {
                    process.destroyForcibly(); // SIGKILL
                    killed++;
                }
                process.waitFor();
                assertGrids(kind, folder, false);
            }
            runToTheEnd(kind, folder);
            assertSame(kind, folder);
            assertEquals(
                    RunProcess.STEPS,
                    Files.readAllLines(folder.resolve("metrics.jsonl")).size());
            assertGrids(kind, folder, true);
            assertNothingIsLeft(folder);
        }
    }

    private static void assertSame(RunProcess.Kind kind, Path folder) throws IOException, InterruptedException {
        assertEquals(Sha256.of(whole(kind).folder.resolve(kind.result())), Sha256.of(folder.resolve(kind.result())));
    }

    /** Those that are there are whole; and all are there, if so. */
    private static void assertGrids(RunProcess.Kind kind, Path folder, boolean all)
            throws IOException, InterruptedException {
        Path whole = whole(kind).folder;
        for (long step = RunProcess.SAMPLE_EVERY; step <= RunProcess.STEPS; step += RunProcess.SAMPLE_EVERY) {
            String name = String.format(Locale.ROOT, "samples/step-%08d.png", step);
            if (all || Files.exists(folder.resolve(name))) {
                assertEquals(Sha256.of(whole.resolve(name)), Sha256.of(folder.resolve(name)), name);
            }
        }
    }

    private static void assertNothingIsLeft(Path folder) throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            assertEquals(
                    List.of(),
                    tree.filter(path -> path.getFileName().toString().matches("\\..*\\.(tmp|new|old)"))
                            .toList());
        }
    }

    /** A limit on the size of a file stands for a full disk: writing fails half-way. */
    @ParameterizedTest
    @EnumSource
    @Tag("slow")
    void aFullDiskLeavesTheLastGoodCheckpoint(RunProcess.Kind kind) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "ulimit needs a shell");
        Path folder = temp.resolve("run");
        Process first = start(kind, folder);
        Path checkpoints = folder.resolve("checkpoints");
        for (int i = 0; i < 600 && first.isAlive() && !Files.exists(checkpoints.resolve("step-00000006")); i++) {
            Thread.sleep(100);
        }
        first.destroyForcibly().waitFor();
        Process full = start(kind, folder, "/bin/bash", "-c", "ulimit -f 40; exec \"$@\"", "bash");
        assertTrue(full.waitFor(5, TimeUnit.MINUTES));
        String log = Files.readString(temp.resolve("log"));
        assertTrue(full.exitValue() != 0 && log.contains("the last good checkpoint is"), log);
        new Checkpoints(checkpoints, 2).newest(message -> {
            throw new AssertionError(message);
        });
        runToTheEnd(kind, folder);
        assertSame(kind, folder);
    }
}
