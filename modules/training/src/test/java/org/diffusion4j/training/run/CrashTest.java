package org.diffusion4j.training.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.file.Sha256;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that are ended from outside. */
class CrashTest {
    private static final String WEIGHTS = "unet/diffusion_pytorch_model.safetensors";

    @TempDir
    private static Path runs;

    /** A run that nothing disturbed, and how long it took. */
    private static Path whole;

    private static long millis;

    @TempDir
    private Path temp;

    @BeforeAll
    static void runUndisturbed() throws IOException, InterruptedException {
        whole = runs.resolve("whole");
        long before = System.nanoTime();
        runToTheEnd(whole, runs.resolve("log"));
        millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before);
    }

    private Process start(Path folder, String... wrapper) throws IOException {
        return RunProcess.start(folder, temp.resolve("log"), List.of(wrapper));
    }

    private void runToTheEnd(Path folder) throws IOException, InterruptedException {
        runToTheEnd(folder, temp.resolve("log"));
    }

    private static void runToTheEnd(Path folder, Path log) throws IOException, InterruptedException {
        Process process = RunProcess.start(folder, log, List.of());
        assertTrue(process.waitFor(5, TimeUnit.MINUTES), "the run hangs");
        assertEquals(0, process.exitValue(), Files.readString(log));
    }

    @Test
    void aRunThatIsKilledThreeTimesIsNotLost() throws Exception {
        killAndGoOn(3);
    }

    @Test
    @Tag("slow")
    void runsThatAreKilledSeventyFiveTimesAreNotLost() throws Exception {
        killAndGoOn(75);
    }

    /** Each run is killed up to three times, and then ends as one that wasn't. */
    private void killAndGoOn(int kills) throws Exception {
        Random random = new Random();
        int killed = 0;
        while (killed < kills) {
            Path folder = Files.createTempDirectory(temp, "killed");
            for (int start = 0; start < 3; start++) {
                Process process = start(folder);
                // Anywhere between the JVM's start and the run's end.
                if (!process.waitFor(millis / 4 + random.nextLong(millis * 3 / 4), TimeUnit.MILLISECONDS)) {
                    process.destroyForcibly(); // SIGKILL
                    killed++;
                }
                process.waitFor();
                assertGrids(folder, false);
            }
            runToTheEnd(folder);
            assertEquals(Sha256.of(whole.resolve(WEIGHTS)), Sha256.of(folder.resolve(WEIGHTS)));
            assertEquals(
                    RunProcess.STEPS,
                    Files.readAllLines(folder.resolve("metrics.jsonl")).size());
            assertGrids(folder, true);
            assertNothingIsLeft(folder);
        }
    }

    /** Those that are there are whole; and all are there, if so. */
    private static void assertGrids(Path folder, boolean all) {
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
    @Test
    void aFullDiskLeavesTheLastGoodCheckpoint() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "ulimit needs a shell");
        Path folder = temp.resolve("run");
        Process first = start(folder);
        Path checkpoints = folder.resolve("checkpoints");
        for (int i = 0; i < 600 && first.isAlive() && !Files.exists(checkpoints.resolve("step-00000006")); i++) {
            Thread.sleep(100);
        }
        first.destroyForcibly().waitFor();
        Process full = start(folder, "/bin/bash", "-c", "ulimit -f 40; exec \"$@\"", "bash");
        assertTrue(full.waitFor(5, TimeUnit.MINUTES));
        String log = Files.readString(temp.resolve("log"));
        assertTrue(full.exitValue() != 0 && log.contains("the last good checkpoint is"), log);
        Checkpoint last = new Checkpoints(checkpoints, 2).newest(message -> {
            throw new AssertionError(message);
        });
        DiffusersFolder.read(last.folder());
        runToTheEnd(folder);
        assertEquals(Sha256.of(whole.resolve(WEIGHTS)), Sha256.of(folder.resolve(WEIGHTS)));
    }
}
