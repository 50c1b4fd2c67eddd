package org.diffusion4j.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.Diffusion4jException;

/** The files of a folder and its subfolders. Links are followed. */
record FolderFiles(Path root, Map<String, Found> found, List<String> names, List<String> folders, List<String> notes)
        implements PictureFiles {
    /** A file's path as the system gave it, so that a file whose name can't be written in this machine's locale is still found. */
    record Found(Path path, long size) {}

    /** @param excluded folders that are left out, as far as they exist */
    static FolderFiles of(Path root, List<Path> excluded) {
        try {
            List<Path> closed = new ArrayList<>();
            for (Path folder : excluded) {
                if (Files.exists(folder)) {
                    closed.add(folder.toRealPath());
                }
            }
            Path real = root.toRealPath();
            if (closed.stream().anyMatch(real::startsWith)) {
                throw new Diffusion4jException(
                        root + ": expected pictures outside of what is excluded, found them in " + excluded);
            }
            Visitor walk = new Visitor(root, closed);
            Files.walkFileTree(root, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, walk);
            return new FolderFiles(
                    root,
                    walk.found,
                    PictureFiles.sorted(root.toString(), walk.names),
                    walk.folders,
                    List.copyOf(walk.notes()));
        } catch (IOException e) {
            throw new Diffusion4jException(root + ": expected a folder that can be read, found: " + e, e);
        }
    }

    private static final class Visitor extends SimpleFileVisitor<Path> {
        private final Path root;
        private final List<Path> closed;
        private final Map<String, Found> found = new HashMap<>();
        private final List<String> names = new ArrayList<>();
        private final List<String> folders = new ArrayList<>();
        private final List<String> excluded = new ArrayList<>();
        private final List<String> deadLinks = new ArrayList<>();

        Visitor(Path root, List<Path> closed) {
            this.root = root;
            this.closed = closed;
        }

        private String name(Path path) {
            return PictureFiles.name(root.relativize(path).toString());
        }

        @Override
        public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
            if (folder.equals(root)) {
                return FileVisitResult.CONTINUE;
            }
            if (!closed.isEmpty() && closed.contains(folder.toRealPath())) {
                excluded.add(name(folder) + "/");
                return FileVisitResult.SKIP_SUBTREE;
            }
            folders.add(name(folder));
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            String name = name(file);
            if (attributes.isRegularFile()) {
                names.add(name);
                found.put(name, new Found(file, attributes.size()));
            } else if (attributes.isSymbolicLink()) {
                deadLinks.add(name);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
            String name = name(file);
            if (failure instanceof FileSystemLoopException) {
                deadLinks.add(name);
            } else if (FileKind.hiddenPart(name + "/") == null) {
                throw failure;
            }
            return FileVisitResult.CONTINUE;
        }

        List<String> notes() {
            List<String> notes = new ArrayList<>();
            if (!excluded.isEmpty()) {
                notes.add(Names.list(", ", excluded) + " left out: excluded");
            }
            PictureFiles.noteLinks(deadLinks).ifPresent(notes::add);
            return notes;
        }
    }

    @Override
    public String place() {
        return root.toString();
    }

    @Override
    public void read(Set<String> wanted, Reader reader) throws InterruptedException {
        for (String name : names) {
            if (wanted.contains(name)) {
                Found file = found.get(name);
                reader.file(name, Math.min(file.size(), MOST_BYTES), () -> {
                    try (InputStream in = Files.newInputStream(file.path())) {
                        return PictureFiles.all(in);
                    }
                });
            }
        }
    }
}
