package org.diffusion4j.data;

import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.ArchiveEntry.StoredName;
import org.diffusion4j.data.ArchiveLinks.Link;

/**
 * The content of an archive.
 *
 * @param stored the names as they were stored
 * @param names the names of all files in order, including those by links
 * @param files each file's own name by all of its names
 * @param folders the folders that the archive lists
 * @param notes says what is left out and what is unusual
 */
record ArchiveIndex(
        ArchiveNames stored,
        List<String> names,
        Map<String, List<String>> files,
        List<String> folders,
        List<String> notes) {
    /** The longest path, in bytes. No system allows a longer one, so nobody can have packed one. */
    private static final int LONGEST_NAME = 4096;

    /**
     * @param place for messages
     * @param other the character set of names that aren't in UTF-8
     * @throws Diffusion4jException if two files have the same name, or a name is longer than any system allows
     */
    static ArchiveIndex of(String place, List<ArchiveEntry> entries, Charset other) {
        ArchiveNames stored = new ArchiveNames(entries, other);
        List<String> own = new ArrayList<>();
        Map<String, Link> links = new HashMap<>();
        List<String> folders = new ArrayList<>();
        List<String> others = new ArrayList<>();
        for (ArchiveEntry entry : entries) {
            requireShort(place, entry.name());
            String name = PictureFiles.name(stored.decode(entry.name()));
            switch (entry.kind()) {
                case FILE -> own.add(name);
                case FOLDER -> {
                    if (!name.isEmpty()) { // "./", the root
                        folders.add(name);
                    }
                }
                case OTHER -> others.add(name);
                case HARD_LINK -> {
                    own.add(name);
                    links.put(name, new Link("", PictureFiles.name(stored.decode(entry.target()))));
                }
                case SYMBOLIC_LINK -> {
                    own.add(name);
                    links.put(name, new Link(name.substring(0, name.lastIndexOf('/') + 1), target(stored, entry)));
                }
            }
        }
        NavigableMap<String, String> all = new TreeMap<>();
        for (String name : PictureFiles.sorted(place, own)) {
            if (!links.containsKey(name)) {
                all.put(name, name);
            }
        }
        ArchiveLinks followed = new ArchiveLinks(place, links, all);
        Map<String, List<String>> files = new HashMap<>();
        all.forEach((name, file) ->
                files.computeIfAbsent(file, f -> new ArrayList<>(1)).add(name));
        List<String> notes = new ArrayList<>();
        stored.note().ifPresent(notes::add);
        Collections.sort(followed.left());
        PictureFiles.noteLinks(followed.left()).ifPresent(notes::add);
        others.removeIf(name -> FileKind.hiddenPart(name) != null);
        if (!others.isEmpty()) {
            notes.add(others.size() + " left out: neither files nor links (" + Names.list(", ", others) + ")");
        }
        return new ArchiveIndex(stored, List.copyOf(all.keySet()), files, folders, notes);
    }

    private static String target(ArchiveNames stored, ArchiveEntry link) {
        return link.target().bytes().length > LONGEST_NAME
                ? ".." // counts as outside
                : stored.decode(link.target()).replace('\\', '/');
    }

    private static void requireShort(String place, StoredName name) {
        if (name.bytes().length > LONGEST_NAME) {
            throw new Diffusion4jException(place + ": expected names of at most " + LONGEST_NAME
                    + " bytes, found one of " + name.bytes().length);
        }
    }

    /** The wanted ones among a file's names. */
    List<String> wanted(StoredName name, Set<String> wanted) {
        return files.getOrDefault(PictureFiles.name(stored.decode(name)), List.of()).stream()
                .filter(wanted::contains)
                .toList();
    }
}
