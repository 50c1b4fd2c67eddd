package org.diffusion4j.data;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Finds folders of training runs among the pictures, whose grids and checkpoints aren't pictures to train on. A run's
 * folder has a {@code run.json} next to other files that the run writes, or checkpoints that are named by their steps.
 */
final class RunFolders {
    private static final Predicate<String> CHECKPOINT =
            Pattern.compile("checkpoints/step-[0-9]+/.+").asMatchPredicate();
    private static final Predicate<String> WRITTEN = Pattern.compile(
                    "metrics\\.jsonl|report\\.html|model_index\\.json|(samples|checkpoints|tensorboard)/.+")
            .asMatchPredicate();

    private final Set<String> folders = new HashSet<>();

    /** @param names the names of all files; the folder that contains all of them doesn't count as a run's */
    RunFolders(Collection<String> names) {
        Set<String> described = new HashSet<>();
        for (String name : names) {
            if (name.endsWith("/run.json")) {
                described.add(name.substring(0, name.lastIndexOf('/') + 1));
            }
        }
        for (String name : names) {
            if (!described.isEmpty() || name.contains("/checkpoints/step-")) {
                String run = outermost(
                        name,
                        (folder, rest) -> CHECKPOINT.test(rest) || (described.contains(folder) && WRITTEN.test(rest)));
                if (run != null) {
                    folders.add(run);
                }
            }
        }
    }

    /** The folder of the run that contains a file, with a slash at its end; null if there is none. */
    String of(String name) {
        return folders.isEmpty() ? null : outermost(name, (folder, rest) -> folders.contains(folder));
    }

    /** Whether a folder contains runs, or is that of a run. Its name has a slash at its end. */
    boolean in(String folder) {
        return of(folder) != null || folders.stream().anyMatch(run -> run.startsWith(folder));
    }

    /** The outermost of a file's folders that passes a test, which gets the folder and the rest of the name; null if none does. */
    private static String outermost(String name, BiPredicate<String, String> test) {
        for (int slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
            String folder = name.substring(0, slash + 1);
            if (test.test(folder, name.substring(slash + 1))) {
                return folder;
            }
        }
        return null;
    }
}
