package org.diffusion4j.weights.diffusers;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.diffusion4j.weights.file.FileFault;

/**
 * The keys of a model's configurations that are unknown here. They are reported, since a mistyped key would otherwise go
 * unnoticed.
 */
final class UnknownKeys {
    /** The largest number of keys per file in the note. */
    private static final int SHOWN = 6;
    /** The largest number of characters of the note. */
    private static final int MOST = 400;

    private final Map<Path, List<String>> byFile = new LinkedHashMap<>();

    void add(Path file, String key) {
        byFile.computeIfAbsent(file, path -> new ArrayList<>()).add(key);
    }

    /**
     * @param folder the folder of the files, which are named relative to it
     * @return one line, or none
     */
    List<String> notes(Path folder) {
        if (byFile.isEmpty()) {
            return List.of();
        }
        String keys = byFile.entrySet().stream()
                .map(file -> folder.relativize(file.getKey()) + ": " + shown(file.getValue()))
                .collect(Collectors.joining("; "));
        String note = "keys that are not known here have no effect (they are kept): " + keys;
        return List.of(note.length() <= MOST ? note : note.substring(0, MOST) + "…");
    }

    private static String shown(List<String> keys) {
        String shown = keys.stream()
                .limit(SHOWN)
                .map(key -> FileFault.quote(key.length() <= 40 ? key : key.substring(0, 40) + "…"))
                .collect(Collectors.joining(", "));
        return keys.size() <= SHOWN ? shown : shown + " and " + (keys.size() - SHOWN) + " more";
    }
}
