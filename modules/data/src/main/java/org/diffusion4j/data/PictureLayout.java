package org.diffusion4j.data;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureOptions.Classes;

/**
 * The pictures of the wanted split, and what is known about them.
 *
 * @param entries the pictures in the order of their names
 * @param classNames the name of label i at index i; empty if there are no classes
 * @param captions the metadata's texts by picture name
 * @param captionFiles the files with the texts of further pictures, by picture name
 * @param withoutRow pictures without a row in the metadata
 * @param ignored the number of other files
 * @param notes what was left out and why, one line per reason
 */
record PictureLayout(
        List<Entry> entries,
        List<String> classNames,
        Map<String, String> captions,
        Map<String, String> captionFiles,
        List<String> withoutRow,
        int ignored,
        List<String> notes) {
    /** Ten times as many as the largest data sets have. There is a limit because each class is a name in several lists. */
    private static final int MOST_CLASSES = 200_000;

    /**
     * A picture to read.
     *
     * @param label the picture's label; -1 if there are no classes
     */
    record Entry(String name, long label) {}

    static PictureLayout of(PictureFiles files, PictureOptions options) {
        SortedFiles sorted = SortedFiles.of(files);
        PictureBase base = PictureBase.of(files.place(), sorted.pictures(), sorted.metadata(), options);
        List<String> wanted = sorted.pictures().stream()
                .filter(name -> name.startsWith(base.folder()))
                .toList();
        Map<String, Map<String, String>> rows =
                Metadata.read(files, sorted.metadata(), new LinkedHashSet<>(sorted.pictures()), base.folder());
        return new Naming(files, options, base, sorted, wanted, rows).layout();
    }

    /** The labels and texts of the pictures in a folder. */
    private record Naming(
            PictureFiles files,
            PictureOptions options,
            PictureBase base,
            SortedFiles sorted,
            List<String> pictures,
            Map<String, Map<String, String>> rows) {

        PictureLayout layout() {
            FolderClasses byFolder = byFolder();
            Set<String> beside = Set.copyOf(byFolder.beside());
            List<String> used =
                    pictures.stream().filter(name -> !beside.contains(name)).toList();
            List<String> withoutRow = rows.isEmpty()
                    ? List.of()
                    : used.stream().filter(name -> !rows.containsKey(name)).toList();
            Map<String, String> captions = new LinkedHashMap<>();
            for (String name : used) {
                String text = rows.getOrDefault(name, Map.of()).get(options.captionColumn());
                if (text != null) {
                    captions.put(name, text);
                }
            }
            Map<String, String> captionFiles = captionFiles(used, captions);
            Map<String, String> classes = byLabel() ? labels() : byFolder.byName();
            SortedSet<String> found = new TreeSet<>(classes.values());
            found.forEach(name -> SystemNames.requireWhole(files.place(), name));
            List<String> classNames = byLabel() ? classNames(files.place(), found) : List.copyOf(found);
            Map<String, Integer> labels = new HashMap<>();
            for (int i = 0; i < classNames.size(); i++) {
                labels.put(classNames.get(i), i);
            }
            List<Entry> entries = used.stream()
                    .map(name -> new Entry(name, classes.isEmpty() ? -1 : labels.get(classes.get(name))))
                    .toList();
            List<String> notes = new ArrayList<>(files.notes());
            base.beside().forEach(name -> sorted.leftOut().add(LeftOut.Reason.BESIDE, name, name));
            byFolder.beside().forEach(name -> sorted.leftOut().add(LeftOut.Reason.BESIDE, name, name));
            notes.addAll(sorted.leftOut().notes());
            notes.addAll(byFolder.notes());
            return new PictureLayout(
                    entries,
                    classNames,
                    captions,
                    captionFiles,
                    withoutRow,
                    sorted.leftOut().size(),
                    List.copyOf(notes));
        }

        /** The files with the texts of the pictures of which the metadata have none. */
        private Map<String, String> captionFiles(List<String> used, Map<String, String> captions) {
            CaptionFiles found = CaptionFiles.of(sorted.pictures(), sorted.texts());
            found.others().forEach(name -> sorted.leftOut().add(LeftOut.Reason.OTHER, name, name));
            found.second().forEach(name -> sorted.leftOut().add(LeftOut.Reason.TEXT, name, name));
            Map<String, String> files = new LinkedHashMap<>();
            for (String name : used) {
                String file = found.byPicture().get(name);
                if (file != null && captions.containsKey(name)) {
                    sorted.leftOut().add(LeftOut.Reason.TEXT, file, file);
                } else if (file != null) {
                    files.put(name, file);
                }
            }
            return files;
        }

        private boolean byLabel() {
            return switch (options.classes()) {
                case LABELS -> true;
                case AUTO -> rows.values().stream().anyMatch(row -> row.containsKey(options.labelColumn()));
                case FOLDERS, NONE -> false;
            };
        }

        private FolderClasses byFolder() {
            boolean folders = options.classes() == Classes.FOLDERS;
            return folders || (options.classes() == Classes.AUTO && rows.isEmpty())
                    ? FolderClasses.of(files.place(), sorted, base, pictures, folders)
                    : FolderClasses.NONE;
        }

        private Map<String, String> labels() {
            Map<String, String> classes = new HashMap<>();
            List<String> without = new ArrayList<>();
            for (String name : pictures) {
                String label = rows.getOrDefault(name, Map.of()).get(options.labelColumn());
                if (label == null) {
                    without.add(name);
                } else {
                    classes.put(name, Normalizer.normalize(label, Normalizer.Form.NFC));
                }
            }
            if (!without.isEmpty()) {
                throw new Diffusion4jException(files.place() + ": expected a row with a \"" + options.labelColumn()
                        + "\" in the metadata for each picture, found none for " + without.size() + ": "
                        + Names.list(without));
            }
            return classes;
        }
    }

    /**
     * The names of classes. If all are numbers, these are all numbers up to the largest, so that a number is its own label
     * and means the same in every split; otherwise they are the given names, sorted.
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
