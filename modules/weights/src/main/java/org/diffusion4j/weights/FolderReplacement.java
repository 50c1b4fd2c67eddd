package org.diffusion4j.weights;

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

/**
 * Writes a model's folder: all of it in a work folder inside (so that a mounted volume, a link and a parent that can't be
 * written are no matter), then by a {@link ModelSwap}. What a killed program left there is finished, where the new model was
 * whole, or deleted.
 */
final class FolderReplacement {
    /** Its name begins with a dot: no reader of models or pictures looks into it. */
    static final String WORK = ".diffusion4j.tmp";

    private static final String LOCK = "lock";

    private FolderReplacement() {}

    /** Fills an empty folder. */
    @FunctionalInterface
    interface Content {
        void writeTo(Path folder) throws IOException;
    }

    static void write(Path folder, Content content) {
        inside(folder, target -> {
            Path work = target.resolve(WORK);
            Path unfinished = Files.createDirectories(work.resolve(ModelSwap.UNFINISHED));
            content.writeTo(unfinished);
            FileReplacement.rename(unfinished, work.resolve(ModelSwap.WHOLE));
            new ModelSwap(work, target).finish();
        });
    }

    /**
     * Does what writing will do, with a file of a byte.
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

    /** Finishes what a killed program began, where there is something and it may be written; a reader needs no such right. */
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
            // Then the folder is read as it is: as the old model, or as none.
        }
    }

    /** With the target's own folder there and its work folder empty; what was made for a failure goes with it. */
    private static void inside(Path folder, Content work) {
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
            throw FileFault.from(folder, "write a model's folder", e);
        } finally {
            made.forEach(path -> path.toFile().delete()); // where it is empty
        }
    }

    private static void lockedInside(Path folder, Path target, Content content) throws IOException {
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
                // Where a swap was begun it stays to be finished.
                if (!new ModelSwap(work, target).isBegun()) {
                    deleteTree(work);
                }
            }
        }
    }

    private static FileChannel lockFile(Path work) throws IOException {
        return FileChannel.open(work.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    /** The lock goes with the channel. A file system that knows of none keeps nobody from writing. */
    private static boolean isLockedElsewhere(FileChannel channel) {
        try {
            return channel.tryLock() == null;
        } catch (OverlappingFileLockException e) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** By a rename, unless a part of the folder lies on another file system (unet/ is a link, say). */
    static void move(Path from, Path to) throws IOException {
        try {
            FileReplacement.rename(from, to);
        } catch (AtomicMoveNotSupportedException e) {
            FileReplacement.write(to, channel -> Files.copy(from, Channels.newOutputStream(channel)));
            Files.delete(from);
        }
    }

    /** Whatever can't be deleted stays: it has a name that nobody reads, and the first failure is the one to tell. */
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
