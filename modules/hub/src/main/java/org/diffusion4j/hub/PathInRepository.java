package org.diffusion4j.hub;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Paths within a repository, such as {@code unet/config.json}: what a server names must not leave the folder it belongs to. */
final class PathInRepository {
    private PathInRepository() {}

    /** Whether a path has only names between its slashes, none of which means another place on any system. */
    static boolean isOne(String path) {
        if (path.isEmpty() || path.indexOf('\\') >= 0 || path.chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
            return false;
        }
        for (String name : path.split("/", -1)) {
            if (name.isEmpty() || name.equals(".") || name.equals("..")) {
                return false;
            }
        }
        return true;
    }

    /**
     * The place of a path within a folder.
     *
     * @throws HubException if it would be outside, or the system doesn't allow such a name
     */
    static Path within(Path folder, String path, String where) {
        try {
            if (isOne(path)) {
                Path place = folder.resolve(path).normalize();
                if (place.startsWith(folder.normalize()) && !place.equals(folder.normalize())) {
                    return place;
                }
            }
        } catch (InvalidPathException e) {
            throw refused(path, where);
        }
        throw refused(path, where);
    }

    private static HubException refused(String path, String where) {
        return new HubException(
                HubException.Reason.UNUSABLE_ANSWER,
                where + ": expected a path within the repository, found '" + path + "'");
    }
}
