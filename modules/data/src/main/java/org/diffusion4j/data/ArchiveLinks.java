package org.diffusion4j.data;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.diffusion4j.Diffusion4jException;

/**
 * Follows links within an archive. A link to a file is one more name of that file; a link to a folder gives all files of
 * that folder one more name. Links that lead out of the archive, to nothing or in a circle aren't followed.
 */
final class ArchiveLinks {
    /** The largest number of links that are followed for one path, as in Linux. */
    private static final int MOST_STEPS = 40;

    private static final int MOST_PARTS = 256;

    /**
     * The target of a link.
     *
     * @param from the folder at which the target begins: empty for the root, otherwise with a slash at its end
     */
    record Link(String from, String target) {}

    private final String place;
    private final Map<String, Link> links;
    private final NavigableMap<String, String> files;
    private final int most;
    private final List<String> left = new ArrayList<>();

    /**
     * Follows all links.
     *
     * @param place for messages
     * @param links the links by their names
     * @param files each file's own name by all of its names; the links' names are added to it
     */
    ArchiveLinks(String place, Map<String, Link> links, NavigableMap<String, String> files) {
        this.place = place;
        this.links = links;
        this.files = files;
        this.most = 1000 + 10 * (files.size() + links.size());
        NavigableMap<String, String> folders = new TreeMap<>();
        Map<String, String> resolved = new HashMap<>();
        for (String name : links.keySet()) {
            String end = follow(name);
            if (end != null && files.containsKey(end)) {
                resolved.put(name, files.get(end));
            } else if (end != null
                    && !end.isEmpty()
                    && !(name + "/").startsWith(end + "/")
                    && !below(files, end).isEmpty()) {
                folders.put(name, end);
            } else {
                left.add(name);
            }
        }
        resolved.forEach(this::add);
        Map<String, String> more = new HashMap<>();
        folders.forEach((name, end) -> {
            below(files, end).forEach((file, own) -> {
                require(more.size());
                more.put(name + file.substring(end.length()), own);
            });
            // A link to a folder inside such a folder isn't followed, since circles of them would never end.
            below(folders, end).keySet().forEach(inner -> {
                require(left.size());
                left.add(name + inner.substring(end.length()));
            });
        });
        more.forEach(this::add);
    }

    private void require(int size) {
        if (size > most) {
            throw new Diffusion4jException(
                    place + ": expected links that give at most " + most + " names, found links that give more");
        }
    }

    private void add(String name, String own) {
        if (files.putIfAbsent(name, own) != null) {
            throw new Diffusion4jException(
                    place + ": expected each name once, found twice, by a link: " + Names.brief(name));
        }
    }

    private static <T> Map<String, T> below(NavigableMap<String, T> all, String folder) {
        return all.subMap(folder + "/", folder + "0"); // the character after the slash
    }

    /** The links that were not followed. */
    List<String> left() {
        return left;
    }

    /** The path at the end of a link, including links along the path; null if it isn't in the archive. */
    private String follow(String name) {
        Deque<String> rest = new ArrayDeque<>(List.of(name.split("/")));
        Deque<String> path = new ArrayDeque<>();
        int steps = 0;
        int parts = 0;
        while (!rest.isEmpty()) {
            String part = rest.pop();
            if (++parts > MOST_PARTS || (part.equals("..") && path.isEmpty())) {
                return null;
            } else if (part.equals("..")) {
                path.removeLast();
            } else if (!part.isEmpty()) {
                path.addLast(part);
            }
            Link link = links.get(String.join("/", path));
            if (link != null) {
                if (++steps > MOST_STEPS || link.target().startsWith("/")) {
                    return null;
                }
                path.clear();
                String[] target = PictureFiles.name(link.from() + link.target()).split("/");
                for (int i = target.length - 1; i >= 0; i--) {
                    rest.push(target[i]);
                }
            }
        }
        return String.join("/", path);
    }
}
