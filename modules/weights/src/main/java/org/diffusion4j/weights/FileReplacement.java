package org.diffusion4j.weights;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Writes a file beside its place and renames it: whoever looks sees the old file or the whole new one. */
public final class FileReplacement {
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
     * Writes a file; a failure leaves what was there before.
     *
     * @param file the file to write or to replace; its folder must exist
     * @param content fills it
     * @throws org.diffusion4j.Diffusion4jException where it can't be written
     */
    public static void write(Path file, Content content) {
        Path beside = beside(file);
        try {
            try (FileChannel channel =
                    FileChannel.open(beside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                content.writeTo(channel);
                channel.force(
                        true); // else a power cut after the rename could leave an empty file in the old one's place
            }
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw FileFault.from(file, "write it", e);
        } finally {
            // After a rename there is nothing to delete. A failure to delete must not hide the first one.
            beside.toFile().delete();
        }
    }

    /** A path in the same folder (a rename crosses no file system) that nobody uses. */
    static Path beside(Path file) {
        return file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID() + ".tmp");
    }
}
