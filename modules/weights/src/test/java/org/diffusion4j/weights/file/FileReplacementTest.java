package org.diffusion4j.weights.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.diffusers.ExportFormat;
import org.diffusion4j.weights.diffusers.TinyModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Places that are no plain files and folders: links, other file systems, what a killed program left. */
class FileReplacementTest {
    private static final DiffusersModel MODEL =
            DiffusersModel.of(TinyModel.CONFIG, new DdpmConfig(), TinyModel.weights(4));

    @TempDir
    private Path temp;

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aLinkIsWrittenThrough() throws IOException {
        Path real = Files.createDirectories(temp.resolve("real"));
        Path there = Files.writeString(real.resolve("there.txt"), "old");
        Path link = Files.createSymbolicLink(temp.resolve("link"), Path.of("real/there.txt"));
        Path linkToLink = Files.createSymbolicLink(temp.resolve("second"), Path.of("link"));
        FileReplacement.write(linkToLink, bytes("new"));
        assertEquals("new", Files.readString(there));
        Path toNothing = Files.createSymbolicLink(temp.resolve("third"), real.resolve("new.txt"));
        FileReplacement.write(toNothing, bytes("made"));
        assertEquals("made", Files.readString(real.resolve("new.txt")));
        assertTrue(Stream.of(link, linkToLink, toNothing).allMatch(Files::isSymbolicLink));
        Path loop = Files.createSymbolicLink(temp.resolve("loop"), Path.of("loop"));
        assertThrows(Diffusion4jException.class, () -> FileReplacement.write(loop, bytes("")));
    }

    @Test
    void everyExportGoesThroughALink() throws IOException {
        Path real = Files.createDirectories(temp.resolve("real"));
        // A single file is of a pipeline, and is written as a safetensors file.
        for (ExportFormat format : EnumSet.complementOf(EnumSet.of(ExportFormat.SINGLE_FILE))) {
            Path target = real.resolve("model" + format.suffix());
            Path link = Files.createSymbolicLink(temp.resolve("link" + format.suffix()), target);
            format.write(link, MODEL); // where nothing is
            format.write(link, MODEL); // where something is
            assertTrue(Files.isSymbolicLink(link), format.key());
            assertTrue(Files.size(target) > 0, format.key());
        }
        assertEquals(MODEL.weights(), DiffusersFolder.read(temp.resolve("link")).weights());
        assertEquals(List.of("model", "model.fb", "model.onnx", "model.safetensors"), names(real));
    }

    @Test
    void whatADeadWriterLeftIsDeletedAndALivingOnesStays() throws IOException {
        Path file = temp.resolve("a.txt");
        Files.writeString(temp.resolve(".a.txt.0.tmp"), "left");
        FileReplacement.write(file, bytes("1"));
        assertEquals(List.of("a.txt"), names(temp));
        try (FileChannel living = FileChannel.open(
                        temp.resolve(".a.txt.0.tmp"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = living.lock()) {
            assertTrue(lock.isValid());
            FileReplacement.write(file, bytes("2"));
            assertEquals(List.of(".a.txt.0.tmp", "a.txt"), names(temp));
        }
        assertEquals("2", Files.readString(file));
    }

    @Test
    void aFailureLeavesTheOldFileAndNothingElse() throws IOException {
        Path file = Files.writeString(temp.resolve("a.txt"), "old");
        assertThrows(
                Diffusion4jException.class,
                () -> FileReplacement.write(file, channel -> {
                    channel.write(bytes("half"));
                    throw new IOException("no space left");
                }));
        assertEquals("old", Files.readString(file));
        assertEquals(List.of("a.txt"), names(temp));
    }

    /** A folder on another file system than the temporary one, deleted by the caller. */
    private Path elsewhere() throws IOException {
        Path memory = Path.of("/dev/shm");
        assumeTrue(
                Files.isWritable(memory) && !Files.getFileStore(memory).equals(Files.getFileStore(temp)),
                "needs a second file system");
        return Files.createTempDirectory(memory, "diffusion4j");
    }

    @Test
    void aModelGoesToAnotherFileSystemByALink() throws IOException {
        Path other = elsewhere();
        try {
            Path link = Files.createSymbolicLink(temp.resolve("whole"), other.resolve("model"));
            DiffusersFolder.tryToWrite(link);
            DiffusersFolder.write(link, MODEL);
            DiffusersFolder.write(link, MODEL);
            assertEquals(MODEL.weights(), DiffusersFolder.read(link).weights());
            assertEquals(List.of("model_index.json", "scheduler", "unet"), names(other.resolve("model")));
            Path partly = Files.createDirectories(temp.resolve("partly"));
            Files.createSymbolicLink(partly.resolve("unet"), Files.createDirectories(other.resolve("unet")));
            DiffusersFolder.tryToWrite(partly);
            DiffusersFolder.write(partly, MODEL);
            DiffusersFolder.write(partly, MODEL);
            assertEquals(MODEL.weights(), DiffusersFolder.read(partly).weights());
            assertEquals(List.of("config.json", "diffusion_pytorch_model.safetensors"), names(other.resolve("unet")));
        } finally {
            try (Stream<Path> all = Files.walk(other)) {
                all.sorted((a, b) -> b.compareTo(a))
                        .forEach(path -> path.toFile().delete());
            }
        }
    }

    @Test
    void theParentNeedNotBeWritable() throws IOException {
        Path parent = Files.createDirectories(temp.resolve("parent"));
        Path folder = Files.createDirectories(parent.resolve("model"));
        Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("r-xr-xr-x"));
        try {
            assumeFalse(Files.isWritable(parent), "root may write everywhere");
            DiffusersFolder.tryToWrite(folder);
            DiffusersFolder.write(folder, MODEL);
            assertEquals(MODEL.weights(), DiffusersFolder.read(folder).weights());
        } finally {
            Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    @Test
    void whatStandsInTheWayIsSeenBeforeAnythingIsWritten() throws IOException {
        Path folder = Files.createDirectories(temp.resolve("model"));
        for (String inTheWay : List.of("model_index.json", "unet/config.json", "diffusion4j.json")) {
            Files.createDirectories(folder.resolve(inTheWay));
            Diffusion4jException e = assertThrows(Diffusion4jException.class, () -> DiffusersFolder.tryToWrite(folder));
            assertTrue(e.getMessage().contains(inTheWay), e.getMessage());
            Files.delete(folder.resolve(inTheWay));
        }
        Files.deleteIfExists(folder.resolve("unet"));
        Files.writeString(folder.resolve("unet"), "a file");
        assertThrows(Diffusion4jException.class, () -> DiffusersFolder.tryToWrite(folder));
        assertEquals(List.of("unet"), names(folder));
        assertFalse(Files.isDirectory(folder.resolve("unet")));
    }
}
