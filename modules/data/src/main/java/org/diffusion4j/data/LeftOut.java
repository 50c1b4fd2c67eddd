package org.diffusion4j.data;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** Files that are left out, and a line for each reason. */
final class LeftOut {
    /** Why. */
    enum Reason {
        /** Of a training run, in the folder that is given. */
        RUN,
        /** For a part of the name, the one that is given. */
        HIDDEN,
        FORMAT,
        METADATA,
        BESIDE,
        OTHER,
        /** Nobody looks for these among pictures: nothing is said. */
        HOUSEKEEPING
    }

    private final Map<Reason, List<String>> names = new EnumMap<>(Reason.class);
    private final Map<Reason, TreeSet<String>> causes = new EnumMap<>(Reason.class);

    /** @param cause what of the name, or of the folders around it, is the reason; the name itself where it is all of it */
    void add(Reason reason, String name, String cause) {
        names.computeIfAbsent(reason, r -> new ArrayList<>()).add(name);
        causes.computeIfAbsent(reason, r -> new TreeSet<>()).add(cause);
    }

    /** How many files there are. */
    int size() {
        return names.values().stream().mapToInt(List::size).sum();
    }

    /** How many there are of each suffix, for a message: {@code 4 .tif, 1 .heic}. */
    static String bySuffix(Collection<String> files) {
        Map<String, Integer> counts = new TreeMap<>();
        files.forEach(name -> counts.merge(FileKind.suffix(name), 1, Integer::sum));
        return Names.list(
                ", ",
                counts.entrySet().stream()
                        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                        .map(each -> each.getValue()
                                + (each.getKey().isEmpty() ? " without a suffix" : " ." + Names.brief(each.getKey())))
                        .toList());
    }

    /** One line for each reason. */
    List<String> notes() {
        List<String> notes = new ArrayList<>();
        names.forEach((reason, files) -> {
            if (reason != Reason.HOUSEKEEPING) {
                notes.add(note(reason, files, Names.list(", ", List.copyOf(causes.get(reason)))));
            }
        });
        return notes;
    }

    private static String note(Reason reason, List<String> files, String causes) {
        return switch (reason) {
            case RUN -> count(files, "file") + " left out: of a training run (" + causes + ")";
            case HIDDEN -> count(files, "file") + " left out: hidden, or in a system's folder (" + causes + ")";
            case FORMAT ->
                count(files, "picture") + " left out: of a format that is not read (" + bySuffix(files) + "), such as "
                        + files.get(0);
            case METADATA -> causes + " left out: expected metadata.jsonl or metadata.csv";
            case BESIDE ->
                count(files, "picture") + " left out: beside the folders that hold the others (" + causes + ")";
            case OTHER -> count(files, "file") + " left out: no pictures by their names (" + bySuffix(files) + ")";
            case HOUSEKEEPING -> throw new IllegalArgumentException("nothing is said of " + reason);
        };
    }

    private static String count(List<String> files, String what) {
        return files.size() + " " + what + (files.size() == 1 ? "" : "s");
    }
}
