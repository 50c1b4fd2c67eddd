package org.diffusion4j.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.diffusion4j.weights.DiffusersFolder;
import org.diffusion4j.weights.Sha256;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that are ended from outside. */
class CrashTest {
    private static final String WEIGHTS = "unet/diffusion_pytorch_model.safetensors";

    @TempDir
    private Path temp;

    private Process start(Path folder, String... wrapper) throws IOException {
        return RunProcess.start(folder, temp.resolve("log"), List.of(wrapper));
    }

    private void runToTheEnd(Path folder) throws IOException, InterruptedException {
        Process process = start(folder);
        assertTrue(process.waitFor(5, TimeUnit.MINUTES), "the run hangs");
        assertEquals(0, process.exitValue(), Files.readString(temp.resolve("log")));
    }

    @Test
    void aRunThatIsKilledThreeTimesIsNotLost() throws Exception {
        killAndGoOn(3);
    }

    @Test
    @Tag("slow")
    void aRunThatIsKilledTwentyTimesIsNotLost() throws Exception {
        killAndGoOn(20);
    }

    private void killAndGoOn(int kills) throws Exception {
        long before = System.nanoTime();
        runToTheEnd(temp.resolve("whole"));
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before);
        Path folder = temp.resolve("killed");
        Random random = new Random();
        for (int kill = 0; kill < kills; kill++) {
            Process process = start(folder);
            // Anywhere between the JVM's start and the run's end.
            if (!process.waitFor(millis / 4 + random.nextLong(millis * 3 / 4), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly(); // SIGKILL
            }
            process.waitFor();
        }
        runToTheEnd(folder);
        assertEquals(Sha256.of(temp.resolve("whole").resolve(WEIGHTS)), Sha256.of(folder.resolve(WEIGHTS)));
        assertEquals(
                RunProcess.STEPS,
                Files.readAllLines(folder.resolve("metrics.jsonl")).size());
    }

    /** A limit on the size of a file stands for a full disk: writing fails half-way. */
    @Test
    void aFullDiskLeavesTheLastGoodCheckpoint() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "ulimit needs a shell");
        Path folder = temp.resolve("run");
        runToTheEnd(temp.resolve("whole"));
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
        assertEquals(Sha256.of(temp.resolve("whole").resolve(WEIGHTS)), Sha256.of(folder.resolve(WEIGHTS)));
    }
}
