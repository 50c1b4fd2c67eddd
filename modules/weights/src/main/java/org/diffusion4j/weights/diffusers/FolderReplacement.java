package org.diffusion4j.weights.diffusers;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.file.FileReplacement;

/**
 * Writes a model's folder. Everything is first written to a work folder inside it, so that the folder may be a mounted
 * volume or a link, or its parent may be read-only. Then a {@link ModelSwap} moves the files. What a killed program left is
 * finished if its new model was complete, otherwise deleted.
 */
final class FolderReplacement {
    /** The work folder's name. It begins with a dot, so no reader of models or pictures looks into it. */
    static final String WORK = ".diffusion4j.tmp";

    private static final String LOCK = "lock";

    private FolderReplacement() {}

    static void write(Path folder, FolderContent content) {
        inside(folder, target -> {
            Path work = target.resolve(WORK);
            Path unfinished = Files.createDirectories(work.resolve(ModelSwap.UNFINISHED));
            content.writeTo(unfinished);
            FileReplacement.rename(unfinished, work.resolve(ModelSwap.WHOLE));
            new ModelSwap(work, target).finish();
        });
    }

    /**
     * Tries what writing will do with a file of one byte.
     *
     * @param names the files that will be written, relative to the folder
     */
    static void tryToWrite(Path folder, List<Path> names) {
        inside(folder, target -> {
            for (Path name : names) {
                Path place = target.resolve(name);
                if (Files.isDirectory(place)) {
                    throw FileFault.in(place, "expected a file or nothing, found a folder");
                }
                if (Files.exists(place.getParent())) {
                    Path probe = Files.write(target.resolve(WORK).resolve("probe"), new byte[1]);
                    Path moved = place.resolveSibling(WORK + ".probe");
                    move(probe, moved);
                    Files.delete(moved);
                }
            }
        });
    }

    /** Finishes what a killed program began, if there is anything and the folder is writable. Readers need no right to write. */
    static void finish(Path folder) {
        Path work = folder.resolve(WORK);
        if (!Files.isDirectory(work)) {
            return;
        }
        try (FileChannel channel = lockFile(work);
                FileLock lock = channel.tryLock()) {
            if (lock != null) {
                new ModelSwap(work, folder).finish();
                deleteTree(work);
            }
        } catch (IOException | OverlappingFileLockException e) {
            // Then the folder is read as it is, which is the old model or none.
        }
    }

    /**
     * Runs something with the target folder made and its work folder empty. After a failure, the folders that were made for
     * it are deleted.
     */
    private static void inside(Path folder, FolderContent work) {
        List<Path> made = new ArrayList<>();
        try {
            Path target = FileReplacement.place(folder.toAbsolutePath().normalize());
            for (Path path = target; path != null && !Files.exists(path); path = path.getParent()) {
                made.add(path);
            }
            Files.createDirectories(target.resolve(WORK));
            lockedInside(folder, target, work);
            made.clear();
        } catch (IOException e) {
            throw FileFault.ofFolder(folder, "write a model's folder", e);
        } finally {
            made.forEach(path -> path.toFile().delete()); // only if it is empty
        }
    }

    private static void lockedInside(Path folder, Path target, FolderContent content) throws IOException {
        Path work = target.resolve(WORK);
        try (FileChannel channel = lockFile(work)) {
            if (isLockedElsewhere(channel)) {
                throw new Diffusion4jException(folder + ": expected a folder that nobody writes to, found one");
            }
            try {
                new ModelSwap(work, target).finish();
                deleteTree(work.resolve(ModelSwap.UNFINISHED));
                content.writeTo(target);
            } finally {
                // If a swap was begun, it stays there to be finished.
                if (!new ModelSwap(work, target).isBegun()) {
                    deleteTree(work);
                }
            }
        }
    }

    private static FileChannel lockFile(Path work) throws IOException {
        return FileChannel.open(work.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    /**
     * Whether another process has the lock, which ends when the channel is closed. If a file system has no locks, nobody is
     * kept from writing.
     */
    private static boolean isLockedElsewhere(FileChannel channel) {
        try {
            return channel.tryLock() == null;
        } catch (OverlappingFileLockException e) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Renames a file, or copies it if a part of the folder is on another file system (for example if unet/ is a link). */
    static void move(Path from, Path to) throws IOException {
        try {
            FileReplacement.rename(from, to);
        } catch (AtomicMoveNotSupportedException e) {
            FileReplacement.write(to, channel -> Files.copy(from, Channels.newOutputStream(channel)));
            Files.delete(from);
        }
    }

    /**
     * Deletes a folder. What can't be deleted stays, since nobody reads files of this name, and the earlier failure is the
     * one to report.
     */
    private static void deleteTree(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path visited, IOException failure) throws IOException {
                    Files.delete(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            folder.toFile().deleteOnExit();
        }
    }
}
