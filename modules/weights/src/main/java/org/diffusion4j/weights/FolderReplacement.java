package org.diffusion4j.weights;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Writes a model's folder beside its place and renames it: what is not finished is never seen under its name. */
final class FolderReplacement {
    private FolderReplacement() {}

    /** Fills an empty folder. */
    @FunctionalInterface
    interface Content {
        void writeTo(Path folder) throws IOException;
    }

    static void write(Path folder, Content content) {
        Path target = folder.toAbsolutePath().normalize();
        if (target.getFileName() == null) {
            throw new IllegalArgumentException("folder: expected one with a name, found " + folder);
        }
        Path staged = FileReplacement.beside(target);
        try {
            Files.createDirectories(staged);
            content.writeTo(staged);
            if (Files.exists(target)) {
                moveInto(staged, target);
            } else {
                Files.move(staged, target, StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (IOException e) {
            throw FileFault.from(folder, "write a model's folder", e);
        } finally {
            deleteTree(staged);
        }
    }

    /** Folders first and model_index.json last: until then Python still finds the old pipeline or none. */
    private static void moveInto(Path staged, Path target) throws IOException {
        List<Path> files;
        try (Stream<Path> tree = Files.walk(staged)) {
            files = tree.filter(Files::isRegularFile)
                    .map(staged::relativize)
                    .sorted(Comparator.<Path, Boolean>comparing(path -> path.getNameCount() == 1)
                            .thenComparing(Comparator.naturalOrder()))
                    .toList();
        }
        for (Path file : files) {
            Files.createDirectories(target.resolve(file).getParent());
        }
        for (Path file : files) {
            Files.move(staged.resolve(file), target.resolve(file), StandardCopyOption.ATOMIC_MOVE);
        }
        deleteOutdated(target, files);
    }

    /** Weights of a model before would be read in place of the new ones, or with them; so would its settings. */
    private static void deleteOutdated(Path target, List<Path> written) throws IOException {
        List<Path> outdated = new ArrayList<>();
        for (Path file : written) {
            if (file.getFileName().toString().equals(WeightFiles.SINGLE)) {
                try (Stream<Path> siblings = Files.list(target.resolve(file).getParent())) {
                    siblings.filter(sibling ->
                                    sibling.getFileName().toString().matches(WeightFiles.STEM + ".*\\.safetensors.*"))
                            .forEach(outdated::add);
                }
            }
        }
        outdated.add(target.resolve(DiffusersFolder.SETTINGS));
        for (Path file : outdated) {
            if (!written.contains(target.relativize(file))) {
                Files.deleteIfExists(file);
            }
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
