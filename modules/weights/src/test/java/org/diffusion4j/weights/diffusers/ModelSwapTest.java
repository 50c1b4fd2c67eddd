package org.diffusion4j.weights.diffusers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A program that ends after any step of putting a model in another one's place. */
class ModelSwapTest {
    private static final DiffusersModel OLD = pipeline(1).withSettings(TinyModel.SETTINGS);
    private static final DiffusersModel NEW = pipeline(2);

    @TempDir
    private Path temp;

    private Path folder;

    private static DiffusersModel pipeline(long seed) {
        return DiffusersModel.of(TinyModel.CONFIG, new DdpmConfig(), TinyModel.weights(seed));
    }

    private static DiffusersModel bare(long seed) {
        return DiffusersModel.of(TinyModel.CONFIG, null, TinyModel.weights(seed));
    }

    @BeforeEach
    void name() {
        folder = temp.resolve("model");
    }

    /** Writes the old model, then the new one until the program "ends"; returns how many steps that leaves. */
    private int cutShort(DiffusersModel before, DiffusersModel after, int steps) throws IOException {
        deleteTree(folder);
        Path beside = temp.resolve("beside");
        deleteTree(beside);
        DiffusersFolder.write(beside, after);
        DiffusersFolder.write(folder, before);
        Path work = folder.resolve(FolderReplacement.WORK);
        Files.createDirectories(work);
        Files.move(beside, work.resolve(ModelSwap.WHOLE), StandardCopyOption.ATOMIC_MOVE);
        List<ModelSwap.Operation> all = new ModelSwap(work, folder).steps();
        for (ModelSwap.Operation step : all.subList(0, Math.min(steps, all.size()))) {
            step.take();
        }
        return all.size() - steps;
    }

    private static void deleteTree(Path tree) throws IOException {
        if (Files.exists(tree)) {
            try (Stream<Path> paths = Files.walk(tree)) {
                for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    /** As Python sees the folder, which knows of no work folder; null for none. */
    private Map<String, INDArray> seenByOthers() throws IOException {
        Path copy = temp.resolve("copy");
        deleteTree(copy);
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.toList()) {
                if (!path.startsWith(folder.resolve(FolderReplacement.WORK))) {
                    Files.copy(path, copy.resolve(folder.relativize(path)));
                }
            }
        }
        try {
            return DiffusersFolder.read(copy).weights();
        } catch (Diffusion4jException e) {
            assertTrue(e.getMessage().contains("found neither"), e.getMessage());
            return null;
        }
    }

    private void assertWholeAfterEveryStep(DiffusersModel before, DiffusersModel after) throws IOException {
        List<String> seen = new ArrayList<>();
        for (int steps = 0; cutShort(before, after, steps) >= 0; steps++) {
            Map<String, INDArray> weights = seenByOthers();
            seen.add(
                    weights == null
                            ? "none"
                            : weights.equals(before.weights())
                                    ? "old"
                                    : weights.equals(after.weights()) ? "new" : "a mixture");
            DiffusersModel read = DiffusersFolder.read(folder);
            assertEquals(after.weights(), read.weights(), "after step " + steps);
            assertEquals(after.settings(), read.settings(), "after step " + steps);
            assertFalse(Files.exists(folder.resolve(FolderReplacement.WORK)));
        }
        assertEquals("old", seen.get(0), seen.toString());
        assertEquals("new", seen.get(seen.size() - 1), seen.toString());
        assertEquals(List.of("old", "none", "new"), seen.stream().distinct().toList(), seen.toString());
    }

    @Test
    void aPipelineIsOldOrNoneOrNewAfterEveryStep() throws IOException {
        assertWholeAfterEveryStep(OLD, NEW);
    }

    @Test
    void aBareNetworkIsOldOrNoneOrNewAfterEveryStep() throws IOException {
        assertWholeAfterEveryStep(bare(1), bare(2));
    }

    @Test
    void aBareNetworkTakesAPipelinesPlace() throws IOException {
        assertWholeAfterEveryStep(OLD, bare(2));
    }

    @Test
    void aWriteThatDidNotGetFarLeavesTheOldModelAndNothingElse() throws IOException {
        DiffusersFolder.write(folder, OLD);
        Path unfinished = folder.resolve(FolderReplacement.WORK).resolve(ModelSwap.UNFINISHED);
        Files.createDirectories(unfinished.resolve("unet"));
        Files.writeString(unfinished.resolve("unet/config.json"), "{");
        assertEquals(OLD.weights(), DiffusersFolder.read(folder).weights());
        assertFalse(Files.exists(unfinished.getParent()));
        Files.createDirectories(unfinished.resolve("more"));
        DiffusersFolder.write(folder, NEW);
        assertEquals(NEW.weights(), DiffusersFolder.read(folder).weights());
        assertFalse(Files.exists(folder.resolve("more")));
        assertFalse(Files.exists(unfinished.getParent()));
    }

    @Test
    void twoWritersAreToldApart() throws IOException {
        DiffusersFolder.write(folder, OLD);
        Path work = Files.createDirectories(folder.resolve(FolderReplacement.WORK));
        try (FileChannel channel =
                        FileChannel.open(work.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            assertTrue(lock.isValid());
            Diffusion4jException e = assertThrows(Diffusion4jException.class, () -> DiffusersFolder.write(folder, NEW));
            assertTrue(e.getMessage().contains("nobody writes to"), e.getMessage());
            assertEquals(OLD.weights(), DiffusersFolder.read(folder).weights());
        }
        DiffusersFolder.write(folder, NEW);
        assertEquals(NEW.weights(), DiffusersFolder.read(folder).weights());
    }
}
