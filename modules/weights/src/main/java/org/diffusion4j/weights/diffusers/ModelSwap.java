package org.diffusion4j.weights.diffusers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.diffusion4j.weights.file.FileReplacement;

/**
 * Replaces a model by another in steps, each of which is one operation of the file system. A program may end after any of
 * them. Then the folder holds the old model or none, and the next program that opens it does the remaining steps. The
 * content of the work folder says which steps remain:
 *
 * <pre>
 * new/      the model is being written                     nothing to do: the old one stays
 * whole/    it is written: the old model's files go        its index first, so that nobody reads a half
 * moving/   the new files come                             the index last, likewise
 * </pre>
 */
record ModelSwap(Path work, Path target) {
    static final String UNFINISHED = "new";
    static final String WHOLE = "whole";
    private static final String MOVING = "moving";

    /** One operation of the file system, which may be repeated. */
    interface Operation {
        void take() throws IOException;
    }

    boolean isBegun() {
        return Files.exists(work.resolve(WHOLE)) || Files.exists(work.resolve(MOVING));
    }

    void finish() throws IOException {
        for (Operation step : steps()) {
            step.take();
        }
    }

    /** The remaining steps. */
    List<Operation> steps() throws IOException {
        Path whole = work.resolve(WHOLE);
        Path moving = work.resolve(MOVING);
        List<Operation> steps = new ArrayList<>();
        if (Files.exists(whole)) {
            List<Path> files = files(whole);
            for (Path file : outdated(files)) {
                steps.add(() -> delete(file));
            }
            steps.add(() -> FileReplacement.rename(whole, moving));
            addMoves(files, moving, steps);
        } else if (Files.exists(moving)) {
            addMoves(files(moving), moving, steps);
        }
        return steps;
    }

    /** The paths of all files, relative to the tree, with the index last. */
    private static List<Path> files(Path tree) throws IOException {
        try (Stream<Path> paths = Files.walk(tree)) {
            return paths.filter(Files::isRegularFile)
                    .map(tree::relativize)
                    .sorted(Comparator.comparing(ModelSwap::isIndex).thenComparing(Comparator.naturalOrder()))
                    .toList();
        }
    }

    /** Whether a file is one without which a folder isn't a model. */
    private static boolean isIndex(Path file) {
        return file.equals(Path.of(DiffusersFolder.MODEL_INDEX)) || file.equals(Path.of(DiffusersFolder.CONFIG));
    }

    /**
     * The old index, then the old files that would be read instead of the new files or together with them: weights in other
     * files, and settings.
     */
    private List<Path> outdated(List<Path> files) throws IOException {
        List<Path> outdated = new ArrayList<>();
        outdated.add(target.resolve(DiffusersFolder.MODEL_INDEX));
        if (files.contains(Path.of(DiffusersFolder.CONFIG))) {
            outdated.add(target.resolve(DiffusersFolder.CONFIG));
        }
        for (Path file : files) {
            Path folder = target.resolve(file).getParent();
            for (WeightLayout layout : WeightLayout.values()) {
                if (file.endsWith(layout.single()) && Files.isDirectory(folder)) {
                    try (Stream<Path> siblings = Files.list(folder)) {
                        siblings.filter(sibling ->
                                        layout.isOfWeights(sibling.getFileName().toString()))
                                .forEach(outdated::add);
                    }
                }
            }
        }
        outdated.add(target.resolve(DiffusersFolder.SETTINGS));
        return outdated.stream().distinct().toList();
    }

    private void addMoves(List<Path> files, Path from, List<Operation> steps) {
        for (Path file : files) {
            Path place = target.resolve(file);
            steps.add(() -> FileReplacement.makeFolder(place.getParent()));
            steps.add(() -> FolderReplacement.move(from.resolve(file), place));
        }
        // Empty folders; who deletes the work folder needs no order any more.
        steps.add(() -> FileReplacement.rename(from, work.resolve(UNFINISHED)));
    }

    /**
     * Deletes a file and flushes the folder, so that even after a power cut no file of the old model is next to one of the
     * new model.
     */
    private static void delete(Path file) throws IOException {
        if (Files.deleteIfExists(file)) {
            FileReplacement.flush(file.getParent());
        }
    }
}
