package org.diffusion4j.cli;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/**
 * A file with something behind a colon. A path may have colons itself, such as {@code C:\a.safetensors}: what stands behind the last
 * one is a value only if it could be no part of a path.
 *
 * @param file the file
 * @param value what stands behind the colon; null for nothing
 */
record FileWithValue(Path file, String value) {
    /** Reads a file and a word. */
    static FileWithValue withWord(CommandSpec spec, String option, String given) {
        int colon = given.lastIndexOf(':');
        boolean word = colon > 0
                && colon < given.length() - 1
                && given.indexOf('/', colon) < 0
                && given.indexOf('\\', colon) < 0;
        return split(spec, option, given, word ? colon : given.length());
    }

    /** Reads a file and a number. */
    static FileWithValue withNumber(CommandSpec spec, String option, String given) {
        FileWithValue whole = split(spec, option, given, colonBeforeNumber(given));
        int colon = given.lastIndexOf(':');
        if (whole.value == null
                && colon > 0
                && !Files.exists(whole.file)
                && Files.exists(split(spec, option, given, colon).file)) {
            throw new ParameterException(
                    spec.commandLine(),
                    option + ": expected a number behind the colon, found '" + given.substring(colon + 1) + "'");
        }
        return whole;
    }

    /** Where the colon is that stands before a number at the end of a text; the text's length if there is none. */
    static int colonBeforeNumber(String given) {
        int colon = given.lastIndexOf(':');
        boolean number = colon > 0 && given.substring(colon + 1).matches("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?");
        return number ? colon : given.length();
    }

    private static FileWithValue split(CommandSpec spec, String option, String given, int end) {
        try {
            return new FileWithValue(
                    Path.of(given.substring(0, end)), end == given.length() ? null : given.substring(end + 1));
        } catch (InvalidPathException e) {
            throw new ParameterException(
                    spec.commandLine(), option + ": expected a file, found '" + given + "': " + e.getReason(), e);
        }
    }
}
