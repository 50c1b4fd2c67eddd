package org.diffusion4j.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureOptions.Classes;

/**
 * The folder of a split's pictures: below folders that hold nothing else, and below the split's.
 *
 * @param folder empty, or with a slash at its end
 * @param wrapping the folder around it, where {@code folder} is the only one in it with pictures and no split; else the
 *     same
 * @param chosen whether it is the split's, or below the split's
 * @param beside pictures on the way to it, beside the folder that all others are in
 */
record PictureBase(String folder, String wrapping, boolean chosen, List<String> beside) {
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

    /** A folder's pictures: those in it itself, and the folders below it that hold the others. */
    record Level(List<String> own, Set<String> folders, List<String> deeper) {
        static Level of(List<String> pictures, String folder) {
            List<String> own = new ArrayList<>();
            Set<String> folders = new TreeSet<>();
            List<String> deeper = new ArrayList<>();
            for (String name : pictures) {
                int slash = name.indexOf('/', folder.length());
                if (slash < 0) {
                    own.add(name);
                } else {
                    folders.add(name.substring(folder.length(), slash));
                    deeper.add(name);
                }
            }
            return new Level(own, folders, deeper);
        }

        /** Whether what lies beside the folders is so little that it is there by accident. */
        boolean fewBeside() {
            return 2 * own.size() < deeper.size();
        }
    }

    /**
     * @param place for messages
     * @param pictures all, at least one
     * @param metadata the names of the files that describe pictures
     */
    static PictureBase of(String place, List<String> pictures, Set<String> metadata, PictureOptions options) {
        return new Search(place, metadata, options.split(), options.classes())
                .from(new PictureBase("", "", false, List.of()), pictures);
    }

    private record Search(String place, Set<String> metadata, String split, Classes classes) {
        PictureBase from(PictureBase start, List<String> pictures) {
            PictureBase base = start;
            List<String> inside = pictures;
            while (true) {
                Level level = Level.of(inside, base.folder);
                String next = base.chosen ? null : splitFolder(level);
                if (next != null) {
                    base = base.split(next, level.own());
                } else if (!wraps(level, base.folder)) {
                    return required(base);
                } else if (level.own().isEmpty()) {
                    base = base.only(level.folders().iterator().next(), List.of());
                } else {
                    // What lies beside is there by accident only if the one folder is more than a folder.
                    PictureBase end = from(base.only(level.folders().iterator().next(), level.own()), level.deeper());
                    return end.chosen != base.chosen || end.hasClasses(level.deeper()) ? end : required(base);
                }
                String inner = base.folder;
                inside = level.deeper().stream()
                        .filter(name -> name.startsWith(inner))
                        .toList();
            }
        }

        private PictureBase required(PictureBase base) {
            if (!base.chosen && !wanted().equals("train")) {
                throw new Diffusion4jException(
                        place + ": expected a folder for the split \"" + split + "\", found pictures without splits");
            }
            return base;
        }

        private String wanted() {
            return SPLITS.getOrDefault(split, split);
        }

        /** The folder of the wanted split; null where the folders are no splits. */
        private String splitFolder(Level level) {
            if (level.folders().isEmpty() || !SPLITS.keySet().containsAll(level.folders())) {
                return null;
            }
            List<String> of = level.folders().stream()
                    .filter(folder -> folder.equals(split) || SPLITS.get(folder).equals(wanted()))
                    .toList();
            boolean found = level.folders().contains(split) || of.size() == 1;
            if (!level.own().isEmpty() && !(found && level.fewBeside())) {
                return null;
            } else if (!found) {
                throw new Diffusion4jException(place + ": expected a folder for the split \"" + split
                        + "\" with pictures, found " + String.join(", ", level.folders()));
            }
            return level.folders().contains(split) ? split : of.get(0);
        }

        private boolean wraps(Level level, String folder) {
            boolean described = metadata.stream().anyMatch(name -> name.lastIndexOf('/') == folder.length() - 1);
            return level.folders().size() == 1
                    && !described
                    && (level.own().isEmpty() || (level.fewBeside() && classes != Classes.NONE))
                    && !(classes == Classes.FOLDERS && holds(level.deeper(), folder));
        }

        /** Whether pictures lie in the one folder below, so that it is a class and no wrapping. */
        private static boolean holds(List<String> pictures, String folder) {
            return pictures.stream().anyMatch(name -> name.indexOf('/', folder.length()) == name.lastIndexOf('/'));
        }
    }

    private boolean hasClasses(List<String> pictures) {
        Level level = Level.of(
                pictures.stream().filter(name -> name.startsWith(folder)).toList(), folder);
        return level.folders().size() > 1 && level.fewBeside();
    }

    private PictureBase split(String name, List<String> own) {
        return new PictureBase(folder + name + "/", folder + name + "/", true, joined(own));
    }

    private PictureBase only(String name, List<String> own) {
        return new PictureBase(folder + name + "/", folder, chosen, joined(own));
    }

    private List<String> joined(List<String> own) {
        List<String> all = new ArrayList<>(beside);
        all.addAll(own);
        return all;
    }
}
