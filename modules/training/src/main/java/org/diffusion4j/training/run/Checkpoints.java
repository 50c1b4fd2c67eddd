package org.diffusion4j.training.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import java.util.stream.Stream;
import org.apache.commons.io.file.PathUtils;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.training.record.RunDescription;
import org.diffusion4j.weights.file.FileReplacement;

/**
 * A run's checkpoints: the last few, and the one with the lowest loss. Each is written beside its place, flushed to the disk
 * and renamed; what a crash leaves behind is unfinished by its name, and is deleted by the next run.
 */
final class Checkpoints {
    private static final String UNFINISHED = ".";

    private final Path folder;
    private final int keep;

    /**
     * @param folder where they lie; it may not be there yet
     * @param keep how many of the last stay, at least 1
     */
    Checkpoints(Path folder, int keep) {
        this.folder = folder;
        this.keep = keep;
    }

    /** Where they lie. */
    Path folder() {
        return folder;
    }

    /** Where the checkpoint of a step lies. */
    private Path place(long step) {
        return folder.resolve(Checkpoint.name(step));
    }

    /** Deletes what an earlier run left unfinished. */
    void deleteUnfinished() {
        try {
            for (Path path : children()) {
                if (path.getFileName().toString().startsWith(UNFINISHED)) {
                    PathUtils.delete(path);
                }
            }
        } catch (IOException e) {
            throw failure("delete what a run left unfinished", e);
        }
    }

    /**
     * The newest that is whole. Damaged ones are put aside, but where there is no whole one.
     *
     * @param warnings told, in a line, of each that isn't whole
     * @return null if there is none at all
     * @throws Diffusion4jException if there are some, and none is whole
     */
    Checkpoint newest(Consumer<String> warnings) {
        Map<Path, Diffusion4jException> damaged = new LinkedHashMap<>();
        for (Path path : finished()) {
            try {
                Checkpoint whole = Checkpoint.open(path);
                damaged.forEach((fault, e) -> {
                    warnings.accept("damaged checkpoint, the one before it is used: " + e.getMessage());
                    putAside(fault); // else it would count among those that are kept
                });
                return whole;
            } catch (Diffusion4jException e) {
                damaged.put(path, e);
            }
        }
        for (Diffusion4jException e : damaged.values()) {
            throw new Diffusion4jException(
                    folder + ": expected a whole checkpoint, found damaged ones only (without this"
                            + " folder the run begins anew); " + e.getMessage(),
                    e);
        }
        return null;
    }

    /**
     * Those of some steps that are whole.
     *
     * @param wanted which steps
     * @return oldest first
     */
    List<Checkpoint> whole(LongPredicate wanted) {
        List<Checkpoint> whole = new ArrayList<>();
        for (Path path : finished()) {
            try {
                if (wanted.test(Checkpoint.unchecked(path).step())) {
                    whole.add(0, Checkpoint.open(path));
                }
            } catch (Diffusion4jException e) {
                // A damaged one, which nothing depends on.
            }
        }
        return whole;
    }

    /** Whether there is any, whole or not. */
    boolean exist() {
        return !finished().isEmpty();
    }

    private void putAside(Path path) {
        try {
            Path aside = path.resolveSibling("damaged-" + path.getFileName());
            if (Files.exists(aside)) {
                PathUtils.delete(aside);
            }
            FileReplacement.rename(path, aside);
        } catch (IOException e) {
            throw failure("rename a damaged checkpoint", e);
        }
    }

    /** Newest first. */
    private List<Path> finished() {
        try {
            return children().stream()
                    .filter(path -> path.getFileName().toString().matches("step-\\d+"))
                    .sorted(Comparator.reverseOrder())
                    .toList();
        } catch (IOException e) {
            throw failure("read it", e);
        }
    }

    private List<Path> children() throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(folder)) {
            return children.toList();
        }
    }

    /**
     * Writes one, and deletes those that are no longer kept.
     *
     * @throws Diffusion4jException where it can't be written; those that are there stay as they are
     */
    Path write(TrainingTask.Learner learner, double meanLoss, RunDescription run) {
        Path place = place(learner.trainer().steps());
        Path beside = unfinished(place, "new");
        try {
            FileReplacement.makeFolder(folder);
            try {
                Checkpoint.write(beside, learner, meanLoss, run);
                if (Files.exists(place)) { // a damaged one
                    remove(place);
                }
                FileReplacement.rename(beside, place);
            } finally {
                if (Files.exists(beside)) {
                    PathUtils.delete(beside);
                }
            }
            deleteOld();
            return place;
        } catch (IOException e) {
            throw failure("write a checkpoint", e);
        }
    }

    private void deleteOld() throws IOException {
        List<Checkpoint> all = new ArrayList<>();
        for (Path path : finished()) {
            try {
                all.add(Checkpoint.unchecked(path));
            } catch (Diffusion4jException e) {
                remove(path); // a damaged one
            }
        }
        Checkpoint best = Collections.min(all, Comparator.comparingDouble(Checkpoint::meanLoss));
        for (Checkpoint old : all.subList(Math.min(keep, all.size()), all.size())) {
            if (!old.equals(best)) {
                remove(old.folder());
            }
        }
    }

    /** By way of a name that nobody takes for a checkpoint: half of one is never seen. */
    private static void remove(Path path) throws IOException {
        Path beside = unfinished(path, "old");
        if (Files.exists(beside)) {
            PathUtils.delete(beside);
        }
        FileReplacement.rename(path, beside);
        PathUtils.delete(beside);
    }

    private static Path unfinished(Path place, String what) {
        return place.resolveSibling(UNFINISHED + place.getFileName() + "." + what);
    }

    private Diffusion4jException failure(String doing, IOException e) {
        return new Diffusion4jException(
                String.format(Locale.ROOT, "%s: expected to %s, found %s", folder, doing, e), e);
    }
}
