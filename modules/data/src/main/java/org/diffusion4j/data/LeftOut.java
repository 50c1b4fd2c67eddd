package org.diffusion4j.data;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** Collects files that are left out, and gives one line per reason. */
final class LeftOut {
    /** Why a file is left out. */
    enum Reason {
        /** It belongs to a training run, in the folder that is given as the cause. */
        RUN,
        /** A part of its path, which is given as the cause, is hidden. */
        HIDDEN,
        FORMAT,
        METADATA,
        BESIDE,
        /** A text of a picture that has another one. */
        TEXT,
        OTHER,
        /** Nobody expects such files among pictures, so they aren't reported. */
        HOUSEKEEPING
    }

    private final Map<Reason, List<String>> names = new EnumMap<>(Reason.class);
    private final Map<Reason, TreeSet<String>> causes = new EnumMap<>(Reason.class);

    /** @param cause the part of the path that is the reason; the whole name if no part is */
    void add(Reason reason, String name, String cause) {
        names.computeIfAbsent(reason, r -> new ArrayList<>()).add(name);
        causes.computeIfAbsent(reason, r -> new TreeSet<>()).add(cause);
    }

    /** The number of files. */
    int size() {
        return names.values().stream().mapToInt(List::size).sum();
    }

    /** The number of files per suffix, for a message: {@code 4 .tif, 1 .heic}. */
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
            case TEXT ->
                count(files, "text") + " left out: in the metadata, or in a .txt, is another one for the picture ("
                        + causes + ")";
            case OTHER -> count(files, "file") + " left out: no pictures by their names (" + bySuffix(files) + ")";
            case HOUSEKEEPING -> throw new IllegalArgumentException("nothing is said of " + reason);
        };
    }

    private static String count(List<String> files, String what) {
        return files.size() + " " + what + (files.size() == 1 ? "" : "s");
    }
}
