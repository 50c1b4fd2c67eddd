package org.diffusion4j.server.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.training.record.RunDescription;

/** The folders of training runs. A client names one of those that are there, and never a path. */
public final class RunFolders {
    private static final int MOST = 200;

    private final List<Path> roots;
    private final Map<Path, TrainingRunView> views = new LinkedHashMap<>();

    /**
     * Makes a collection.
     *
     * @param roots folders that are those of runs, or have some in them; runs that come later are found, too
     */
    public RunFolders(List<Path> roots) {
        this.roots = List.copyOf(roots);
    }

    /**
     * The runs that are there now.
     *
     * @return in the order of their names, at most 200
     */
    public synchronized List<TrainingRunView> all() {
        Map<String, TrainingRunView> found = new LinkedHashMap<>();
        for (Path folder : folders()) {
            String name = String.valueOf(folder.toAbsolutePath().normalize().getFileName());
            String free = name;
            for (int i = 2; found.containsKey(free); i++) {
                free = name + "-" + i;
            }
            String taken = free;
            found.put(taken, views.computeIfAbsent(folder, path -> new TrainingRunView(taken, path)));
        }
        views.keySet().retainAll(folders());
        return found.values().stream().limit(MOST).toList();
    }

    private List<Path> folders() {
        List<Path> folders = new ArrayList<>();
        for (Path root : roots) {
            if (isRun(root)) {
                folders.add(root);
            } else if (Files.isDirectory(root)) {
                try (Stream<Path> within = Files.list(root)) {
                    within.filter(RunFolders::isRun).sorted().forEach(folders::add);
                } catch (IOException e) {
                    throw new Diffusion4jException("runs: expected a folder that can be read, found another", e);
                }
            }
        }
        return folders;
    }

    private static boolean isRun(Path folder) {
        return Files.isRegularFile(folder.resolve(RunDescription.FILE));
    }

    /**
     * Finds a run.
     *
     * @param name its name
     * @return the run; empty if there is none
     */
    public Optional<TrainingRunView> find(String name) {
        return all().stream().filter(run -> run.name().equals(name)).findFirst();
    }
}
