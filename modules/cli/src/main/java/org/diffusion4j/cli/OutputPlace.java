package org.diffusion4j.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.file.FileReplacement;

/**
 * The place of a result. Writing there is tried before the work begins, but nothing is left there until the work is done.
 *
 * @param path a file, or a folder
 * @param isFolder whether the path is that of a folder
 */
record OutputPlace(Path path, boolean isFolder) {
    /** @param suffix the suffix that the file must have, such as {@code .png} */
    static OutputPlace file(String option, String suffix, String given) {
        OutputPlace place = new OutputPlace(path(option, given), false);
        if (endsWithSeparator(given) || Files.isDirectory(place.path)) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "%s: expected a file, found the folder '%s'", option, given));
        }
        if (!hasSuffix(given, suffix)) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "%s: expected a file *%s, found '%s'", option, suffix, given));
        }
        place.tryToWrite(option);
        return place;
    }

    static OutputPlace folder(String option, String given) {
        OutputPlace place = new OutputPlace(path(option, given), true);
        place.tryToWrite(option);
        return place;
    }

    static OutputPlace fileOrFolder(String option, String suffix, String given) {
        Path path = path(option, given);
        if (!endsWithSeparator(given) && !Files.isDirectory(path)) {
            if (!hasSuffix(given, suffix)) {
                throw new Diffusion4jException(String.format(
                        Locale.ROOT,
                        "%s: expected a file *%s or a folder that ends with /, found '%s'",
                        option,
                        suffix,
                        given));
            }
            return file(option, suffix, given);
        }
        return folder(option, given);
    }

    private static Path path(String option, String given) {
        if (given.isBlank()) {
            // Java treats an empty path as the current folder.
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "%s: expected a path, found '%s'", option, given));
        }
        try {
            return Path.of(given);
        } catch (InvalidPathException e) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "%s: expected a path, found '%s'", option, given), e);
        }
    }

    private static boolean endsWithSeparator(String given) {
        return given.endsWith("/") || given.endsWith(File.separator);
    }

    private static boolean hasSuffix(String given, String suffix) {
        return given.length() > suffix.length()
                && given.regionMatches(true, given.length() - suffix.length(), suffix, 0, suffix.length());
    }

    /** The folder that will be written to, which is the target if the path is a link. */
    private Path folder() throws IOException {
        Path place = FileReplacement.place(path.toAbsolutePath().normalize());
        return isFolder ? place : place.getParent();
    }

    /** Makes and deletes a file, since permission bits say little for root or on a read-only disk. */
    private void tryToWrite(String option) {
        Path existing;
        try {
            existing = folder();
        } catch (IOException e) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "%s: expected a path, found '%s' (%s)", option, path, e), e);
        }
        while (existing != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        if (existing == null || !Files.isDirectory(existing)) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "%s: expected a folder to write '%s' into, found %s",
                    option,
                    path,
                    existing == null ? "nothing" : "the file '" + existing + "'"));
        }
        try {
            Files.delete(Files.createTempFile(existing, ".diffusion4j", ".tmp"));
        } catch (IOException e) {
            throw new Diffusion4jException(
                    String.format(
                            Locale.ROOT,
                            "%s: expected a folder that can be written, found '%s' (%s)",
                            option,
                            existing,
                            e),
                    e);
        }
    }

    /** Makes the folder, now that there is something to write. */
    void makeFolder() {
        try {
            FileReplacement.makeFolder(folder());
        } catch (IOException e) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "%s: expected to make its folder, found %s", path, e), e);
        }
    }
}
