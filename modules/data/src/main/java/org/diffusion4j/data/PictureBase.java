package org.diffusion4j.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureOptions.Classes;

/**
 * The folder with a split's pictures. It may be inside folders that contain nothing else, and inside the split's folder.
 *
 * @param folder its path, which is empty or has a slash at its end
 * @param wrapping the folder around it, if {@code folder} is the only one in it with pictures and isn't a split; otherwise
 *     the same as {@code folder}
 * @param chosen whether it is the split's folder or inside it
 * @param beside pictures along its path that are next to the folder that contains all others
 */
record PictureBase(String folder, String wrapping, boolean chosen, List<String> beside) {
    /** The names of splits' folders that Hugging Face knows. */
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

    /** The pictures of a folder: its own, and the subfolders that contain the others. */
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

        /** Whether there are so few pictures next to the folders that they are there by accident. */
        boolean fewBeside() {
            return 2 * own.size() < deeper.size();
        }
    }

    /**
     * @param place for messages
     * @param pictures the names of all pictures, at least one
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
                    // Pictures next to a single folder count as accidental only if that folder has a special meaning.
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

        /** The folder of the wanted split; null if the folders aren't splits. */
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

        /** Whether the single subfolder contains pictures directly, so that it is a class rather than a wrapping folder. */
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
