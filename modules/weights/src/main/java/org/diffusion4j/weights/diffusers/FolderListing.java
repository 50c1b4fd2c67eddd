package org.diffusion4j.weights.diffusers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.diffusion4j.weights.file.FileFault;

/**
 * The names of the files in a model's folder, here or on a server. Those of its parts' folders are among them, deeper ones needn't
 * be.
 *
 * @param where the folder or the server's name for it, for messages
 * @param paths the files' paths below it, with slashes between; a folder that may be empty ends with a slash
 */
public record FolderListing(String where, Set<String> paths) {
    /** Keeps a copy. */
    public FolderListing {
        paths = Set.copyOf(paths);
    }

    /**
     * Lists a folder of this machine.
     *
     * @param folder the folder
     * @param parts the names of folders in it that are listed too, where they exist
     * @return the listing
     * @throws org.diffusion4j.Diffusion4jException if a folder can't be listed
     */
    public static FolderListing of(Path folder, Collection<String> parts) {
        Set<String> paths = new LinkedHashSet<>();
        list(folder, "", paths);
        for (String part : parts) {
            if (paths.contains(part + "/")) {
                list(folder.resolve(part), part + "/", paths);
            }
        }
        return new FolderListing(folder.toString(), paths);
    }

    private static void list(Path folder, String prefix, Set<String> paths) {
        try (Stream<Path> entries = Files.list(folder)) {
            entries.forEach(entry -> paths.add(prefix + entry.getFileName() + (Files.isDirectory(entry) ? "/" : "")));
        } catch (IOException e) {
            throw FileFault.ofFolder(folder, "list a model's folder", e);
        }
    }

    /**
     * Whether there is a file.
     *
     * @param path its path
     * @return true if so
     */
    public boolean has(String path) {
        return paths.contains(path);
    }

    /**
     * Where a part of a pipeline lies: in its folder, or beside the pipeline's index where there is no such folder, as diffusers
     * has it.
     *
     * @param part the part's name, such as {@code unet}
     * @return the folder's path with a slash at its end, or an empty text
     */
    public String place(String part) {
        String folder = part + "/";
        return paths.stream().anyMatch(path -> path.startsWith(folder)) ? folder : "";
    }

    /**
     * The names of the files in a folder, without those that are deeper.
     *
     * @param place a folder's path with a slash at its end, or an empty text
     * @return the names, sorted
     */
    public Set<String> names(String place) {
        Set<String> names = new TreeSet<>();
        for (String path : paths) {
            if (path.startsWith(place) && path.indexOf('/', place.length()) < 0) {
                names.add(path.substring(place.length()));
            }
        }
        names.remove("");
        return names;
    }
}
