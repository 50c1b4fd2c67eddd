package org.diffusion4j.data;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureOptions.Classes;

/**
 * Which of the files are pictures of the wanted split, and what is known of them.
 *
 * @param entries in the order of their names
 * @param classNames label i's name; empty without classes
 * @param captions texts by name
 * @param withoutRow pictures that metadata has no row for
 * @param ignored how many other files there are
 */
record PictureLayout(
        List<Entry> entries,
        List<String> classNames,
        Map<String, String> captions,
        List<String> withoutRow,
        int ignored) {
    private static final Set<String> SUFFIXES =
            Set.of("jpg", "jpeg", "jpe", "jfif", "png", "gif", "bmp", "dib", "webp");
    /** Folders that are splits, as Hugging Face knows them. */
    private static final Map<String, String> SPLITS = Map.ofEntries(
            Map.entry("train", "train"),
            Map.entry("training", "train"),
            Map.entry("test", "test"),
            Map.entry("testing", "test"),
            Map.entry("eval", "test"),
            Map.entry("evaluation", "test"),
            Map.entry("validation", "validation"),
            Map.entry("valid", "validation"),
            Map.entry("val", "validation"),
            Map.entry("dev", "validation"));

    private static final int MOST_CLASSES = 1 << 20;

    /**
     * A picture to read.
     *
     * @param label -1 without classes
     */
    record Entry(String name, long label) {}

    static PictureLayout of(PictureFiles files, PictureOptions options) {
        List<String> pictures = new ArrayList<>();
        Set<String> metadata = new LinkedHashSet<>();
        int ignored = 0;
        for (String name : files.names()) {
            String file = name.substring(name.lastIndexOf('/') + 1);
            if (hidden(name)) {
                ignored++;
            } else if (file.equals("metadata.jsonl") || file.equals("metadata.csv")) {
                metadata.add(name);
            } else if (SUFFIXES.contains(
                    file.substring(file.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT))) {
                pictures.add(name);
            } else {
                ignored++;
            }
        }
        if (pictures.isEmpty()) {
            throw new Diffusion4jException(
                    files.place() + ": expected pictures (" + String.join(", ", new TreeSet<>(SUFFIXES))
                            + "), found none among " + files.names().size() + " files");
        }
        String base = base(files.place(), pictures, metadata, options.split(), options.classes());
        List<String> wanted =
                pictures.stream().filter(name -> name.startsWith(base)).toList();
        Map<String, Map<String, String>> rows = Metadata.read(files, metadata, new LinkedHashSet<>(pictures), base);
        return new Naming(files.place(), options, base, wanted, rows, ignored).layout();
    }

    private static boolean hidden(String name) {
        for (String part : name.split("/")) {
            if (part.startsWith(".") || part.equals("__MACOSX")) {
                return true;
            }
        }
        return false;
    }

    /** The folder of the pictures: below folders that are alone in theirs, and below the split's. */
    private static String base(
            String place, List<String> pictures, Set<String> metadata, String split, Classes classes) {
        String wanted = SPLITS.getOrDefault(split, split);
        String base = "";
        boolean chosen = false;
        List<String> inside = pictures;
        while (true) {
            Set<String> folders = new TreeSet<>();
            boolean files = false;
            for (String name : inside) {
                int slash = name.indexOf('/', base.length());
                files |= slash < 0;
                if (slash >= 0) {
                    folders.add(name.substring(base.length(), slash));
                }
            }
            String here = base;
            boolean described = metadata.stream().anyMatch(name -> name.lastIndexOf('/') == here.length() - 1);
            if (!chosen && !files && SPLITS.keySet().containsAll(folders)) {
                List<String> of = folders.stream()
                        .filter(folder ->
                                folder.equals(split) || SPLITS.get(folder).equals(wanted))
                        .toList();
                if (of.size() != 1 && !folders.contains(split)) {
                    throw new Diffusion4jException(place + ": expected a folder for the split \"" + split
                            + "\" with pictures, found " + String.join(", ", folders));
                }
                base += (folders.contains(split) ? split : of.get(0)) + "/";
                chosen = true;
            } else if (!files
                    && !described
                    && folders.size() == 1
                    && !(classes == Classes.FOLDERS && holds(inside, base))) {
                base += folders.iterator().next() + "/";
            } else {
                break;
            }
            String inner = base;
            inside = inside.stream().filter(name -> name.startsWith(inner)).toList();
        }
        if (!chosen && !wanted.equals("train")) {
            throw new Diffusion4jException(
                    place + ": expected a folder for the split \"" + split + "\", found pictures without splits");
        }
        return base;
    }

    /** Whether pictures lie in the one folder below, so that it is a class and no wrapping. */
    private static boolean holds(List<String> pictures, String base) {
        return pictures.stream().anyMatch(name -> name.indexOf('/', base.length()) == name.lastIndexOf('/'));
    }

    /** Labels and texts for the pictures below a folder. */
    private record Naming(
            String place,
            PictureOptions options,
            String base,
            List<String> pictures,
            Map<String, Map<String, String>> rows,
            int ignored) {

        PictureLayout layout() {
            List<String> withoutRow = rows.isEmpty()
                    ? List.of()
                    : pictures.stream().filter(name -> !rows.containsKey(name)).toList();
            Map<String, String> captions = new LinkedHashMap<>();
            for (String name : pictures) {
                String text = rows.getOrDefault(name, Map.of()).get(options.captionColumn());
                if (text != null) {
                    captions.put(name, text);
                }
            }
            Map<String, String> classes = classes();
            boolean byRow = options.classes() != Classes.FOLDERS && !rows.isEmpty();
            SortedSet<String> found = new TreeSet<>(classes.values());
            List<String> classNames = byRow ? classNames(place, found) : List.copyOf(found);
            Map<String, Integer> labels = new HashMap<>();
            for (int i = 0; i < classNames.size(); i++) {
                labels.put(classNames.get(i), i);
            }
            List<Entry> entries = pictures.stream()
                    .map(name -> new Entry(name, classes.isEmpty() ? -1 : labels.get(classes.get(name))))
                    .toList();
            return new PictureLayout(entries, classNames, captions, withoutRow, ignored);
        }

        /** Each picture's class by name; empty without classes. */
        private Map<String, String> classes() {
            boolean labelled = rows.values().stream().anyMatch(row -> row.containsKey(options.labelColumn()));
            return switch (options.classes()) {
                case NONE -> Map.of();
                case LABELS -> byLabel();
                case FOLDERS -> byFolder(true);
                case AUTO -> labelled ? byLabel() : rows.isEmpty() ? byFolder(false) : Map.of();
            };
        }

        private Map<String, String> byLabel() {
            Map<String, String> classes = new HashMap<>();
            List<String> without = new ArrayList<>();
            for (String name : pictures) {
                String label = rows.getOrDefault(name, Map.of()).get(options.labelColumn());
                if (label == null) {
                    without.add(name);
                } else {
                    classes.put(name, label);
                }
            }
            if (!without.isEmpty()) {
                throw new Diffusion4jException(place + ": expected a row with a \"" + options.labelColumn()
                        + "\" in the metadata for each picture, found none for " + without.size() + ": "
                        + Names.list(without));
            }
            return classes;
        }

        private Map<String, String> byFolder(boolean must) {
            Map<String, String> classes = new HashMap<>();
            for (String name : pictures) {
                int slash = name.indexOf('/', base.length());
                if (slash >= 0) {
                    classes.put(name, name.substring(base.length(), slash));
                } else if (must) {
                    throw new Diffusion4jException(
                            place + ": expected each picture in its class's folder, found " + name + " in none");
                } else {
                    return Map.of();
                }
            }
            return must || new TreeSet<>(classes.values()).size() > 1 ? classes : Map.of();
        }
    }

    /**
     * Where all are numbers, all numbers up to the largest, so that one is its own label and means the same in every
     * split; else these in the order of the strings.
     */
    static List<String> classNames(String place, SortedSet<String> names) {
        if (names.isEmpty() || !names.stream().allMatch(name -> name.matches("0|[1-9][0-9]{0,8}"))) {
            return List.copyOf(names);
        }
        int largest = names.stream().mapToInt(Integer::parseInt).max().orElseThrow();
        if (largest >= MOST_CLASSES) {
            throw new Diffusion4jException(place + ": expected labels below " + MOST_CLASSES + ", found " + largest);
        }
        return IntStream.rangeClosed(0, largest).mapToObj(String::valueOf).toList();
    }
}
