package org.diffusion4j.weights.file;

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
 * Writes a file next to its place and renames it, so that readers see either the old file or the whole new one. This holds
 * after a power cut, too, since the file is flushed to the disk before the rename, and the folder after it. Files that a
 * killed program left there are deleted.
 */
public final class FileReplacement {
    /** The largest number of links in a row that are followed, as in Linux. */
    private static final int MOST_LINKS = 40;
    /** The largest number of simultaneous writers of one file. */
    private static final int MOST_WRITERS = 1000;

    private FileReplacement() {}

    /** Fills a file that has been opened for writing. */
    @FunctionalInterface
    public interface Content {
        /**
         * Writes the whole content.
         *
         * @param channel the empty file
         * @throws IOException if it can't be written
         */
        void writeTo(FileChannel channel) throws IOException;
    }

    /**
     * Writes a file. After a failure the old file is unchanged. If the path is a link, the link stays, and the file that it
     * leads to is written.
     *
     * @param file the file to write or to replace; its folder must exist
     * @param content writes the file's content
     * @throws org.diffusion4j.Diffusion4jException if it can't be written
     */
    public static void write(Path file, Content content) {
        try {
            Path place = place(file);
            try (Beside beside = Beside.of(place)) {
                content.writeTo(beside.channel);
                // Without this, a power cut after the rename could leave an empty file in place of the old one.
                beside.channel.force(true);
                Files.move(beside.path, place, StandardCopyOption.ATOMIC_MOVE);
                flush(place.toAbsolutePath().getParent());
            }
        } catch (IOException e) {
            throw FileFault.from(file, "write it", e);
        }
    }

    /**
     * Writes a file. After a failure the old file is unchanged. If the path is a link, the link stays, and the file that it
     * leads to is written.
     *
     * @param file the file to write or to replace; its folder must exist
     * @param bytes the file's content, from the buffer's position to its limit
     * @throws org.diffusion4j.Diffusion4jException if it can't be written
     */
    public static void write(Path file, ByteBuffer bytes) {
        write(file, channel -> {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        });
    }

    /**
     * Gives a file or folder its final name, in one operation of the file system.
     *
     * @param from a file that {@link #write} has written, or a folder of such files
     * @param to its final path, on the same file system; an existing file is replaced, but not a folder
     * @throws IOException if it can't be renamed; then both are as before
     */
    public static void rename(Path from, Path to) throws IOException {
        if (Files.isDirectory(from)) {
            flushFolders(from);
        }
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        flush(to.toAbsolutePath().getParent());
    }

    /** Flushes folders. Without this, a power cut after a folder's rename could leave it without some of its files. */
    private static void flushFolders(Path tree) throws IOException {
        try (Stream<Path> paths = Files.walk(tree)) {
            paths.filter(Files::isDirectory).forEach(FileReplacement::flush);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /**
     * Flushes the names of a folder's files to the disk, where the system can.
     *
     * @param folder the folder
     */
    public static void flush(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // Windows can't open folders, and some network drives can't flush them.
        }
    }

    /**
     * The path that is written if this path is given: links are followed, even if nothing exists where they lead.
     *
     * @param path the path of a file or folder
     * @return the path without a link at its end
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
     * Makes a folder and its parents. A link to a folder counts as a folder, which {@code Files.createDirectories} refuses
     * before Java 20.
     *
     * @param folder the folder, which may exist already
     * @return the folder
     * @throws IOException if it can't be made
     */
    public static Path makeFolder(Path folder) throws IOException {
        return Files.isDirectory(folder) ? folder : Files.createDirectories(place(folder));
    }

    /**
     * A file in the same folder, since a rename can't cross file systems. Its writer locks it, so a file that others can
     * lock belongs to a dead writer.
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
                    // Another writer was faster.
                }
            }
            throw new IOException("expected at most " + MOST_WRITERS + " writers of one file, found more");
        }

        /** Deletes the file of a dead writer. Returns whether the path is free. */
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

        /** Returns false if another process has the lock, or if the file system has no locks. */
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
