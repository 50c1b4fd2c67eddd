package org.diffusion4j.weights;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;

/**
 * Writes a file beside its place and renames it: whoever looks sees the old file or the whole new one, after a power cut too,
 * since the file is flushed to the disk before the rename, and the folder after it. What a killed program left beside it is
 * deleted.
 */
public final class FileReplacement {
    /** More links in a row than Linux follows. */
    private static final int MOST_LINKS = 40;
    /** Writers of one file at once. */
    private static final int MOST_WRITERS = 1000;

    private FileReplacement() {}

    /** Fills a file that has been opened for writing. */
    @FunctionalInterface
    public interface Content {
        /**
         * Writes all of it.
         *
         * @param channel the empty file
         * @throws IOException where it can't be written
         */
        void writeTo(FileChannel channel) throws IOException;
    }

    /**
     * Writes a file; a failure leaves what was there before. A link stays, and what it leads to is written.
     *
     * @param file the file to write or to replace; its folder must exist
     * @param content fills it
     * @throws org.diffusion4j.Diffusion4jException where it can't be written
     */
    public static void write(Path file, Content content) {
        try {
            Path place = place(file);
            try (Beside beside = Beside.of(place)) {
                content.writeTo(beside.channel);
                // Else a power cut after the rename could leave an empty file in the old one's place.
                beside.channel.force(true);
                Files.move(beside.path, place, StandardCopyOption.ATOMIC_MOVE);
                flush(place.toAbsolutePath().getParent());
            }
        } catch (IOException e) {
            throw FileFault.from(file, "write it", e);
        }
    }

    /**
     * Writes a file; a failure leaves what was there before. A link stays, and what it leads to is written.
     *
     * @param file the file to write or to replace; its folder must exist
     * @param bytes what it is to hold, from the buffer's position to its limit
     * @throws org.diffusion4j.Diffusion4jException where it can't be written
     */
    public static void write(Path file, ByteBuffer bytes) {
        write(file, channel -> {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        });
    }

    /**
     * Gives a file or folder its last name, in one operation of the file system.
     *
     * @param from a file that {@link #write} has written, or a folder of such files
     * @param to its name, on the same file system; a file there is replaced, a folder is not
     * @throws IOException if it can't be renamed; then both are as before
     */
    public static void rename(Path from, Path to) throws IOException {
        if (Files.isDirectory(from)) {
            flushFolders(from);
        }
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        flush(to.toAbsolutePath().getParent());
    }

    /** Else a power cut after a folder's rename could leave it without some of its files. */
    private static void flushFolders(Path tree) throws IOException {
        try (Stream<Path> paths = Files.walk(tree)) {
            paths.filter(Files::isDirectory).forEach(FileReplacement::flush);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Puts the names that a folder holds on the disk. */
    static void flush(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // Windows opens no folders, and some network drives flush none.
        }
    }

    /**
     * Where a file or folder lies that is written by this path: where its links lead to, be something there or not.
     *
     * @param path of a file or folder
     * @return the same, without a link at its end
     * @throws IOException if a link can't be read, or leads back to itself
     */
    public static Path place(Path path) throws IOException {
        Path place = path;
        for (int links = 0; Files.isSymbolicLink(place); links++) {
            if (links == MOST_LINKS) {
                throw new FileSystemLoopException(path.toString());
            }
            place = place.resolveSibling(Files.readSymbolicLink(place));
        }
        return place;
    }

    /**
     * Makes a folder and those that it lies in. A link to a folder is one: {@code Files.createDirectories} refuses it before
     * Java 20.
     *
     * @param folder it may be there
     * @return the same
     * @throws IOException if it can't be made
     */
    public static Path makeFolder(Path folder) throws IOException {
        return Files.isDirectory(folder) ? folder : Files.createDirectories(place(folder));
    }

    /**
     * A file in the same folder (a rename crosses no file system). Its lock tells that its writer lives: one that can be
     * locked is a dead one's.
     */
    private record Beside(Path path, FileChannel channel) implements AutoCloseable {
        static Beside of(Path file) throws IOException {
            for (int i = 0; i < MOST_WRITERS; i++) {
                Path path = file.resolveSibling("." + file.getFileName() + "." + i + ".tmp");
                if (!deleteOfDeadWriter(path)) {
                    continue;
                }
                try {
                    FileChannel channel =
                            FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                    lock(channel);
                    return new Beside(path, channel);
                } catch (FileAlreadyExistsException e) {
                    // Another writer was quicker.
                }
            }
            throw new IOException("expected at most " + MOST_WRITERS + " writers of one file, found more");
        }

        /** Returns whether there is nothing, or nothing any more. */
        private static boolean deleteOfDeadWriter(Path path) throws IOException {
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                if (!lock(channel)) {
                    return false;
                }
                Files.deleteIfExists(path);
                return true;
            } catch (NoSuchFileException e) {
                return true;
            }
        }

        /** Returns false where another one has the lock, or the file system knows of none. */
        private static boolean lock(FileChannel channel) {
            try {
                return channel.tryLock() != null;
            } catch (OverlappingFileLockException | IOException e) {
                return false;
            }
        }

        /** After a rename there is nothing to delete. A failure to delete must not hide the first one. */
        @Override
        public void close() throws IOException {
            try {
                channel.close();
            } finally {
                path.toFile().delete();
            }
        }
    }
}
