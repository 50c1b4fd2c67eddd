package org.diffusion4j.data;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.diffusion4j.Diffusion4jException;

/**
 * Finds pictures' classes by their folders. A class must not vanish silently, since all labels after it would change.
 *
 * @param byName each picture's class; empty if there are no classes
 * @param beside pictures that are left out, because they are next to the classes' folders
 * @param notes folders that might have been classes
 */
record FolderClasses(Map<String, String> byName, List<String> beside, List<String> notes) {
    /** No classes. */
    static final FolderClasses NONE = new FolderClasses(Map.of(), List.of(), List.of());

    /**
     * @param place for messages
     * @param must whether a single folder is a class and none is an error; otherwise at least two folders are needed
     * @throws Diffusion4jException if all pictures in a class's folder have formats that aren't read
     */
    static FolderClasses of(String place, SortedFiles files, PictureBase base, List<String> pictures, boolean must) {
        PictureBase.Level level = PictureBase.Level.of(pictures, base.folder());
        if (must && level.folders().isEmpty()) {
            throw new Diffusion4jException(place + ": expected each picture in its class's folder, found "
                    + Names.brief(pictures.get(0)) + " in none");
        }
        List<String> notes = new ArrayList<>();
        boolean folders = must || level.fewBeside();
        if (folders || (level.folders().isEmpty() && !base.wrapping().equals(base.folder()))) {
            String at = folders ? base.folder() : base.wrapping();
            Set<String> full = children(at, files.pictures());
            requireRead(place, files, at, full);
            Set<String> empty = children(at, files.folders());
            empty.removeAll(full);
            if (!empty.isEmpty()) {
                notes.add((empty.size() == 1 ? "a folder" : empty.size() + " folders")
                        + " without pictures, so without a class: " + Names.list(", ", List.copyOf(empty)));
            }
        }
        if (!must && level.folders().size() < 2) {
            return new FolderClasses(Map.of(), List.of(), notes);
        } else if (!folders) {
            int own = level.own().size();
            notes.add("no classes, as " + own + (own == 1 ? " picture lies" : " pictures lie") + " beside "
                    + level.folders().size() + " folders with " + level.deeper().size());
            return new FolderClasses(Map.of(), List.of(), notes);
        }
        Map<String, String> classes = new HashMap<>();
        for (String name : level.deeper()) {
            classes.put(name, child(base.folder(), name));
        }
        return new FolderClasses(classes, level.own(), notes);
    }

    private static void requireRead(String place, SortedFiles files, String at, Set<String> full) {
        Set<String> unread = children(at, files.otherPictures());
        unread.removeAll(full);
        if (!unread.isEmpty()) {
            List<String> left = files.otherPictures().stream()
                    .filter(name -> name.startsWith(at) && unread.contains(child(at, name)))
                    .toList();
            throw new Diffusion4jException(
                    place + ": expected each class's pictures in a format that is read, found only "
                            + LeftOut.bySuffix(left) + " in " + Names.list(", ", List.copyOf(unread))
                            + ": convert them, move the folder elsewhere, or read the pictures without classes");
        }
    }

    /** The subfolders of a folder that contain any of these files. */
    private static Set<String> children(String at, Iterable<String> names) {
        Set<String> children = new TreeSet<>();
        for (String name : names) {
            if (name.startsWith(at) && name.indexOf('/', at.length()) >= 0) {
                children.add(child(at, name));
            }
        }
        return children;
    }

    private static String child(String at, String name) {
        return name.substring(at.length(), name.indexOf('/', at.length()));
    }
}
